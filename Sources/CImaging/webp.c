#include "CImaging.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>

static const char *reason(VP8StatusCode status) {
    switch (status) {
    case VP8_STATUS_OUT_OF_MEMORY: return "there is no memory for it";
    case VP8_STATUS_UNSUPPORTED_FEATURE: return "a kind of WebP that libwebp does not decode";
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA: return "the file ends too early (truncated?)";
    default: return "the file is damaged";
    }
}

static int refuse(cimaging_picture *out, const char *text) {
    snprintf(out->message, sizeof out->message, "%s", text);
    return 1;
}

/// One byte of a pixel over the background.
static uint8_t over(uint8_t value, uint8_t alpha, uint8_t background) {
    return (uint8_t)((value * alpha + background * (255 - alpha) + 127) / 255);
}

int cimaging_webp_decode(const uint8_t *data, size_t size, long maximum_pixels, uint8_t background,
                         cimaging_picture *out) {
    memset(out, 0, sizeof *out);
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) return refuse(out, "libwebp is of another version than at build time");
    // The container says how long it is; what is cut off behind the last pixel's data would not show otherwise.
    if (size < 12) return refuse(out, reason(VP8_STATUS_NOT_ENOUGH_DATA));
    size_t stated = (size_t)data[4] | (size_t)data[5] << 8 | (size_t)data[6] << 16 | (size_t)data[7] << 24;
    if (stated + 8 > size) return refuse(out, reason(VP8_STATUS_NOT_ENOUGH_DATA));
    VP8StatusCode status = WebPGetFeatures(data, size, &config.input);
    if (status != VP8_STATUS_OK) return refuse(out, reason(status));
    int width = config.input.width, height = config.input.height;
    if (config.input.has_animation) return refuse(out, "an animation; convert one of its pictures to PNG or JPEG");
    if ((double)width * height > (double)maximum_pixels) {
        snprintf(out->message, sizeof out->message, "%d×%d pixels are more than the %ld accepted", width, height,
                 maximum_pixels);
        return 1;
    }
    int channels = config.input.has_alpha ? 4 : 3;
    config.output.colorspace = channels == 4 ? MODE_RGBA : MODE_RGB;
    status = WebPDecode(data, size, &config);
    if (status != VP8_STATUS_OK) {
        WebPFreeDecBuffer(&config.output);
        return refuse(out, reason(status));
    }
    uint8_t *pixels = malloc((size_t)3 * width * height);
    if (!pixels) {
        WebPFreeDecBuffer(&config.output);
        return refuse(out, reason(VP8_STATUS_OUT_OF_MEMORY));
    }
    for (int y = 0; y < height; y++) {
        const uint8_t *row = config.output.u.RGBA.rgba + (size_t)y * config.output.u.RGBA.stride;
        uint8_t *to = pixels + (size_t)3 * width * y;
        if (channels == 3) {
            memcpy(to, row, (size_t)3 * width);
            continue;
        }
        for (int x = 0; x < width; x++)
            for (int c = 0; c < 3; c++) to[3 * x + c] = over(row[4 * x + c], row[4 * x + 3], background);
    }
    WebPFreeDecBuffer(&config.output);
    out->width = width;
    out->height = height;
    out->pixels = pixels;
    return 0;
}
