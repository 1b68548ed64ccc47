#include "CImaging.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const uint8_t *data;
    size_t size, position;
} source;

typedef struct {
    uint8_t *data;
    size_t size, capacity;
} sink;

void cimaging_free(void *memory) { free(memory); }

static void on_error(png_structp png, png_const_charp text) {
    char *message = png_get_error_ptr(png);
    snprintf(message, CIMAGING_MESSAGE, "%s", text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static void on_read(png_structp png, png_bytep bytes, size_t count) {
    source *from = png_get_io_ptr(png);
    if (count > from->size - from->position) png_error(png, "the file ends too early (truncated?)");
    memcpy(bytes, from->data + from->position, count);
    from->position += count;
}

static void on_write(png_structp png, png_bytep bytes, size_t count) {
    sink *to = png_get_io_ptr(png);
    if (count > to->capacity - to->size) {
        size_t capacity = 2 * to->capacity + count + 4096;
        uint8_t *grown = realloc(to->data, capacity);
        if (!grown) png_error(png, "out of memory");
        to->data = grown;
        to->capacity = capacity;
    }
    memcpy(to->data + to->size, bytes, count);
    to->size += count;
}

static void on_flush(png_structp png) { (void)png; }

int cimaging_png_decode(const uint8_t *data, size_t size, long maximum_pixels, uint8_t background,
                        cimaging_picture *out) {
    memset(out, 0, sizeof *out);
    source from = {data, size, 0};
    // What is allocated after setjmp and freed after a longjmp has to be volatile to keep its value.
    uint8_t *volatile samples = NULL;
    png_bytep *volatile rows = NULL;
    uint8_t *volatile pixels = NULL;
    png_infop volatile info = NULL;
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, out->message, on_error, on_warning);
    if (!png) return snprintf(out->message, sizeof out->message, "out of memory"), 1;
    if (setjmp(png_jmpbuf(png))) goto failed;
    info = png_create_info_struct(png);
    if (!info) png_error(png, "out of memory");
    png_set_read_fn(png, &from, on_read);
    png_set_user_limits(png, 1 << 20, 1 << 20);
    png_set_chunk_malloc_max(png, 8 << 20);
    png_read_info(png, info);

    png_uint_32 width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    if ((double)width * height > (double)maximum_pixels) {
        snprintf(out->message, sizeof out->message, "%u×%u pixels are more than the %ld accepted", width, height,
                 maximum_pixels);
        goto failed_with_message;
    }
    // Deflate cannot expand more than 1032-fold: a header that claims more than that lies, and nothing is allocated for
    // it.
    if ((double)png_get_rowbytes(png, info) * height > 1032.0 * size + 65536) {
        snprintf(out->message, sizeof out->message, "%u×%u pixels cannot be held by %zu bytes (truncated?)", width,
                 height, size);
        goto failed_with_message;
    }
    int type = png_get_color_type(png, info), depth = png_get_bit_depth(png, info);
    if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    if (type == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
    if (png_get_valid(png, info, PNG_INFO_tRNS)) png_set_tRNS_to_alpha(png);
    if (depth == 16) png_set_scale_16(png);
    if (!(type & PNG_COLOR_MASK_COLOR)) png_set_gray_to_rgb(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    int channels = png_get_channels(png, info);
    if (png_get_bit_depth(png, info) != 8 || (channels != 3 && channels != 4))
        png_error(png, "an unexpected pixel format");
    size_t stride = png_get_rowbytes(png, info);
    samples = malloc(stride * height);
    rows = malloc(sizeof(png_bytep) * height);
    if (!samples || !rows) png_error(png, "out of memory");
    for (png_uint_32 y = 0; y < height; y++) rows[y] = samples + y * stride;
    png_read_image(png, rows);
    png_read_end(png, NULL);

    if (channels == 3) {
        pixels = samples;
        samples = NULL;
    } else {
        pixels = malloc((size_t)3 * width * height);
        if (!pixels) png_error(png, "out of memory");
        for (size_t i = 0; i < (size_t)width * height; i++) {
            unsigned alpha = samples[4 * i + 3];
            for (int c = 0; c < 3; c++)
                pixels[3 * i + c] = (uint8_t)((samples[4 * i + c] * alpha + background * (255 - alpha) + 127) / 255);
        }
    }
    out->width = (int)width;
    out->height = (int)height;
    out->pixels = pixels;
    free(samples);
    free(rows);
    png_infop held = info;
    png_destroy_read_struct(&png, &held, NULL);
    return 0;

failed_with_message:
failed:
    free(samples);
    free(rows);
    free(pixels);
    held = info;
    png_destroy_read_struct(&png, &held, NULL);
    return 1;
}

int cimaging_png_encode(const uint8_t *samples, int width, int height, int channels, cimaging_file *out) {
    memset(out, 0, sizeof *out);
    sink to = {NULL, 0, 0};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, out->message, on_error, on_warning);
    if (!png) return snprintf(out->message, sizeof out->message, "out of memory"), 1;
    png_infop volatile info = NULL;
    if (setjmp(png_jmpbuf(png))) {
        png_infop held = info;
        png_destroy_write_struct(&png, &held);
        free(to.data);
        return 1;
    }
    info = png_create_info_struct(png);
    if (!info) png_error(png, "out of memory");
    png_set_write_fn(png, &to, on_write, on_flush);
    png_set_IHDR(
        png, info, (png_uint_32)width, (png_uint_32)height, 8, channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB,
        PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (channels != 1) {
        // What photos gain by the library's own choice is 2.5 % of the bytes, for five times the time.
        png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_AVG | PNG_FILTER_PAETH);
        png_set_compression_level(png, 1);
    }
    png_write_info(png, info);
    for (int y = 0; y < height; y++) png_write_row(png, samples + (size_t)y * width * channels);
    png_write_end(png, NULL);
    png_infop held = info;
    png_destroy_write_struct(&png, &held);
    out->data = to.data;
    out->size = to.size;
    return 0;
}
