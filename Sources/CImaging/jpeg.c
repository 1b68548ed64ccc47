#include "CImaging.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

typedef struct {
    struct jpeg_error_mgr base;
    jmp_buf escape;
    char *message;
    int warnings;
    char first[CIMAGING_MESSAGE];
} error_manager;

static void on_exit_error(j_common_ptr common) {
    error_manager *errors = (error_manager *)common->err;
    char text[JMSG_LENGTH_MAX];
    (*common->err->format_message)(common, text);
    snprintf(errors->message, CIMAGING_MESSAGE, "%s", text);
    longjmp(errors->escape, 1);
}

static void count_warning(error_manager *errors, const char *text) {
    if (errors->warnings++ == 0) snprintf(errors->first, sizeof errors->first, "%s", text);
}

/// Warnings that mean a lost part of the picture are errors here. The rest are counted: damaged bytes often show by
/// nothing but what is left over before the next marker.
static void on_message(j_common_ptr common, int level) {
    if (level >= 0) return;
    switch (common->err->msg_code) {
    case JWRN_JPEG_EOF:
        snprintf(((error_manager *)common->err)->message, CIMAGING_MESSAGE, "the file ends too early (truncated?)");
        longjmp(((error_manager *)common->err)->escape, 1);
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
        on_exit_error(common);
    default: {
        char text[JMSG_LENGTH_MAX];
        (*common->err->format_message)(common, text);
        count_warning((error_manager *)common->err, text);
    }
    }
}

/// Whether a progressive file ended before all its coefficients were told in full.
static int is_incomplete(const struct jpeg_decompress_struct *jpeg) {
    if (!jpeg->progressive_mode || !jpeg->coef_bits) return 0;
    for (int component = 0; component < jpeg->num_components; component++)
        for (int k = 0; k < DCTSIZE2; k++)
            if (jpeg->coef_bits[component][k] != 0) return 1;
    return 0;
}

/// A progressive file may repeat scans without end; no honest one has hundreds.
static void on_progress(j_common_ptr common) {
    if (common->is_decompressor && ((j_decompress_ptr)common)->input_scan_number > 200) {
        snprintf(((error_manager *)common->err)->message, CIMAGING_MESSAGE, "more than 200 progressive scans");
        longjmp(((error_manager *)common->err)->escape, 1);
    }
}

int cimaging_jpeg_decode(const uint8_t *data, size_t size, long maximum_pixels, cimaging_picture *out) {
    memset(out, 0, sizeof *out);
    struct jpeg_decompress_struct jpeg;
    error_manager errors;
    struct jpeg_progress_mgr progress;
    memset(&progress, 0, sizeof progress);
    progress.progress_monitor = on_progress;
    uint8_t *volatile pixels = NULL;
    jpeg.err = jpeg_std_error(&errors.base);
    errors.base.error_exit = on_exit_error;
    errors.base.emit_message = on_message;
    errors.message = out->message;
    errors.warnings = 0;
    errors.first[0] = 0;
    if (setjmp(errors.escape)) {
        jpeg_destroy_decompress(&jpeg);
        free(pixels);
        return 1;
    }
    jpeg_create_decompress(&jpeg);
    jpeg.progress = &progress;
    jpeg_mem_src(&jpeg, data, size);
    jpeg_read_header(&jpeg, TRUE);
    const char *refusal = NULL;
    char text[CIMAGING_MESSAGE];
    if (jpeg.jpeg_color_space == JCS_CMYK || jpeg.jpeg_color_space == JCS_YCCK) {
        refusal = "a CMYK picture; convert it to RGB first";
    } else if ((double)jpeg.image_width * jpeg.image_height > (double)maximum_pixels) {
        snprintf(text, sizeof text, "%u×%u pixels are more than the %ld accepted", jpeg.image_width, jpeg.image_height,
                 maximum_pixels);
        refusal = text;
    } else if (!jpeg.arith_code && (double)jpeg.image_width * jpeg.image_height > 2048.0 * size + 65536) {
        // Arithmetic coding has no least size of a block. With Huffman's each block of 64 pixels takes at least one bit
        // for its mean: 512 pixels a byte is the utmost; four times that is a lie.
        snprintf(text, sizeof text, "%u×%u pixels cannot be held by %zu bytes (truncated?)", jpeg.image_width,
                 jpeg.image_height, size);
        refusal = text;
    }
    if (refusal) {
        snprintf(out->message, sizeof out->message, "%s", refusal);
        jpeg_destroy_decompress(&jpeg);
        return 1;
    }
    jpeg.out_color_space = JCS_RGB;
    jpeg.dct_method = JDCT_ISLOW;
    jpeg_start_decompress(&jpeg);
    size_t stride = (size_t)3 * jpeg.output_width;
    pixels = malloc(stride * jpeg.output_height);
    if (!pixels) ERREXIT1(&jpeg, JERR_OUT_OF_MEMORY, 0);
    while (jpeg.output_scanline < jpeg.output_height) {
        JSAMPROW row = pixels + jpeg.output_scanline * stride;
        jpeg_read_scanlines(&jpeg, &row, 1);
    }
    if (is_incomplete(&jpeg)) count_warning(&errors, "the progressive scans end before the picture is complete");
    jpeg_finish_decompress(&jpeg);
    out->warnings = errors.warnings;
    snprintf(out->message, sizeof out->message, "%s", errors.first);
    out->width = (int)jpeg.output_width;
    out->height = (int)jpeg.output_height;
    out->pixels = pixels;
    jpeg_destroy_decompress(&jpeg);
    return 0;
}

int cimaging_jpeg_encode(const uint8_t *pixels, int width, int height, int quality, int full_chroma,
                         cimaging_file *out) {
    memset(out, 0, sizeof *out);
    struct jpeg_compress_struct jpeg;
    error_manager errors;
    unsigned char *data = NULL;
    unsigned long size = 0;
    jpeg.err = jpeg_std_error(&errors.base);
    errors.base.error_exit = on_exit_error;
    errors.base.emit_message = on_message;
    errors.message = out->message;
    errors.warnings = 0;
    if (setjmp(errors.escape)) {
        jpeg_destroy_compress(&jpeg);
        free(data);
        return 1;
    }
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &data, &size);
    jpeg.image_width = (JDIMENSION)width;
    jpeg.image_height = (JDIMENSION)height;
    jpeg.input_components = 3;
    jpeg.in_color_space = JCS_RGB;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, quality, TRUE);
    if (full_chroma) jpeg.comp_info[0].h_samp_factor = jpeg.comp_info[0].v_samp_factor = 1;
    jpeg.optimize_coding = TRUE;
    jpeg_start_compress(&jpeg, TRUE);
    while (jpeg.next_scanline < jpeg.image_height) {
        JSAMPROW row = (JSAMPROW)(pixels + (size_t)jpeg.next_scanline * width * 3);
        jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    out->data = data;
    out->size = size;
    return 0;
}
