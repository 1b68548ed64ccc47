#include "CImaging.h"

#include <openjpeg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// A growing or fixed stretch of memory that OpenJPEG reads and writes as if it were a file.
typedef struct {
    uint8_t *data;
    size_t size, capacity, position;
    int writable;
} memory_stream;

static OPJ_SIZE_T on_read(void *buffer, OPJ_SIZE_T count, void *state) {
    memory_stream *stream = state;
    if (stream->position >= stream->size) return (OPJ_SIZE_T)-1;
    size_t left = stream->size - stream->position;
    if (count > left) count = left;
    memcpy(buffer, stream->data + stream->position, count);
    stream->position += count;
    return count;
}

static OPJ_SIZE_T on_write(void *buffer, OPJ_SIZE_T count, void *state) {
    memory_stream *stream = state;
    if (stream->position + count > stream->capacity) {
        size_t capacity = 2 * (stream->position + count) + 4096;
        uint8_t *grown = realloc(stream->data, capacity);
        if (!grown) return (OPJ_SIZE_T)-1;
        stream->data = grown;
        stream->capacity = capacity;
    }
    memcpy(stream->data + stream->position, buffer, count);
    stream->position += count;
    if (stream->position > stream->size) stream->size = stream->position;
    return count;
}

static OPJ_OFF_T on_skip(OPJ_OFF_T count, void *state) {
    memory_stream *stream = state;
    if (count < 0) return -1;
    if (!stream->writable) {
        size_t left = stream->size - stream->position;
        if ((size_t)count > left) count = (OPJ_OFF_T)left;
    }
    stream->position += (size_t)count;
    return count;
}

static OPJ_BOOL on_seek(OPJ_OFF_T position, void *state) {
    memory_stream *stream = state;
    if (position < 0 || (!stream->writable && (size_t)position > stream->size)) return OPJ_FALSE;
    stream->position = (size_t)position;
    return OPJ_TRUE;
}

/// The first complaint is the cause; those that follow are its consequences.
static void on_error(const char *text, void *state) {
    char *message = state;
    if (message[0]) return;
    snprintf(message, CIMAGING_MESSAGE, "%s", text);
    message[strcspn(message, "\n")] = 0;
}

static opj_stream_t *open_stream(memory_stream *memory, int reading) {
    opj_stream_t *stream = opj_stream_create(1 << 16, reading);
    if (!stream) return NULL;
    opj_stream_set_user_data(stream, memory, NULL);
    opj_stream_set_user_data_length(stream, memory->size);
    opj_stream_set_read_function(stream, on_read);
    opj_stream_set_write_function(stream, on_write);
    opj_stream_set_skip_function(stream, on_skip);
    opj_stream_set_seek_function(stream, on_seek);
    return stream;
}

int cimaging_jpeg2000_encode(const uint8_t *pixels, int width, int height, float ratio, cimaging_file *out) {
    memset(out, 0, sizeof *out);
    opj_cparameters_t parameters;
    opj_set_default_encoder_parameters(&parameters);
    parameters.tcp_numlayers = 1;
    parameters.cp_disto_alloc = 1;
    parameters.tcp_rates[0] = ratio;
    parameters.tcp_mct = 1;
    parameters.irreversible = 1;
    int smaller = width < height ? width : height;
    while (parameters.numresolution > 1 && (smaller >> (parameters.numresolution - 1)) < 1) parameters.numresolution--;

    opj_image_cmptparm_t components[3];
    memset(components, 0, sizeof components);
    for (int c = 0; c < 3; c++) {
        components[c].dx = components[c].dy = 1;
        components[c].w = (OPJ_UINT32)width;
        components[c].h = (OPJ_UINT32)height;
        components[c].prec = 8;
    }
    memory_stream memory = {NULL, 0, 0, 0, 1};
    opj_image_t *image = opj_image_create(3, components, OPJ_CLRSPC_SRGB);
    opj_codec_t *codec = opj_create_compress(OPJ_CODEC_J2K);
    opj_stream_t *stream = open_stream(&memory, 0);
    int failed = 1;
    if (image && codec && stream) {
        image->x1 = (OPJ_UINT32)width;
        image->y1 = (OPJ_UINT32)height;
        for (size_t i = 0; i < (size_t)width * height; i++)
            for (int c = 0; c < 3; c++) image->comps[c].data[i] = pixels[3 * i + c];
        opj_set_error_handler(codec, on_error, out->message);
        failed = !(opj_setup_encoder(codec, &parameters, image) && opj_start_compress(codec, image, stream)
                   && opj_encode(codec, stream) && opj_end_compress(codec, stream));
    }
    if (stream) opj_stream_destroy(stream);
    if (codec) opj_destroy_codec(codec);
    if (image) opj_image_destroy(image);
    if (failed) {
        free(memory.data);
        if (!out->message[0]) snprintf(out->message, sizeof out->message, "the encoder failed");
        return 1;
    }
    out->data = memory.data;
    out->size = memory.size;
    return 0;
}

int cimaging_jpeg2000_decode(const uint8_t *data, size_t size, int partial, long maximum_pixels,
                             cimaging_picture *out) {
    memset(out, 0, sizeof *out);
    static const uint8_t codestream[4] = {0xff, 0x4f, 0xff, 0x51};
    opj_dparameters_t parameters;
    opj_set_default_decoder_parameters(&parameters);
    memory_stream memory = {(uint8_t *)data, size, size, 0, 0};
    opj_image_t *image = NULL;
    int is_bare = size >= 4 && memcmp(data, codestream, 4) == 0;
    opj_codec_t *codec = opj_create_decompress(is_bare ? OPJ_CODEC_J2K : OPJ_CODEC_JP2);
    opj_stream_t *stream = open_stream(&memory, 1);
    int done = 0;
    if (codec && stream) {
        opj_set_error_handler(codec, on_error, out->message);
        /* A codestream that was cut off still shows a picture; elsewhere it is an error. */
        if (opj_setup_decoder(codec, &parameters) && opj_decoder_set_strict_mode(codec, !partial)
            && opj_read_header(stream, codec, &image)) {
            double area = (double)(image->x1 - image->x0) * (image->y1 - image->y0);
            if (area < 1 || area > (double)maximum_pixels)
                snprintf(out->message, sizeof out->message, "%.0f pixels, where 1 to %ld are accepted", area,
                         maximum_pixels);
            else if (image->numcomps != 1 && image->numcomps != 3)
                snprintf(out->message, sizeof out->message, "%u components, where 1 or 3 are accepted",
                         image->numcomps);
            else
                done = opj_decode(codec, stream, image) && (opj_end_decompress(codec, stream) || partial);
        }
    }
    if (done) {
        OPJ_UINT32 width = image->comps[0].w, height = image->comps[0].h;
        for (OPJ_UINT32 c = 0; c < image->numcomps; c++)
            if (image->comps[c].w != width || image->comps[c].h != height || image->comps[c].prec != 8
                || image->comps[c].sgnd
                || !image->comps[c].data)
                done = 0;
        if (!done) snprintf(out->message, sizeof out->message, "components of different sizes or not of 8 bits");
        out->pixels = done ? malloc((size_t)3 * width * height) : NULL;
        if (out->pixels) {
            out->width = (int)width;
            out->height = (int)height;
            for (size_t i = 0; i < (size_t)width * height; i++)
                for (int c = 0; c < 3; c++) {
                    int value = image->comps[image->numcomps == 1 ? 0 : c].data[i];
                    out->pixels[3 * i + c] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
                }
        } else if (done) {
            done = 0;
            snprintf(out->message, sizeof out->message, "out of memory");
        }
    }
    if (stream) opj_stream_destroy(stream);
    if (codec) opj_destroy_codec(codec);
    if (image) opj_image_destroy(image);
    if (!done && !out->message[0]) snprintf(out->message, sizeof out->message, "not a JPEG 2000 codestream");
    return !done;
}
