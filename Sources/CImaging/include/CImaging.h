#ifndef CIMAGING_H
#define CIMAGING_H

// libpng and libjpeg report errors by longjmp, which must never cross a Swift frame. Every jump therefore starts and
// ends inside these functions, which answer with a status and a sentence. OpenJPEG is here for its stream callbacks.

#include <stddef.h>
#include <stdint.h>

enum { CIMAGING_MESSAGE = 200 };

/// A decoded picture: three bytes a pixel, row by row; `pixels` comes from malloc and is freed by cimaging_free.
typedef struct {
    int width;
    int height;
    uint8_t *pixels;
    /// How often the decoder met damage it went on from, or data that is missing; `message` then says what it met
    /// first.
    int warnings;
    char message[CIMAGING_MESSAGE];
} cimaging_picture;

/// An encoded file; `data` comes from malloc and is freed by cimaging_free.
typedef struct {
    uint8_t *data;
    size_t size;
    char message[CIMAGING_MESSAGE];
} cimaging_file;

void cimaging_free(void *memory);

// Each function answers 0 for success; otherwise `message` says what is wrong, and nothing needs freeing.

/// Any PNG to 8-bit RGB. Transparency is composited on the grey `background`, without gamma; 16 bits are rounded to 8.
int cimaging_png_decode(const uint8_t *data, size_t size, long maximum_pixels, uint8_t background,
                        cimaging_picture *out);

/// 8-bit samples to PNG; `channels` is 1 (grey) or 3 (RGB).
int cimaging_png_encode(const uint8_t *samples, int width, int height, int channels, cimaging_file *out);

/// Grey, YCbCr or RGB JPEG to 8-bit RGB, without regard to EXIF. CMYK and YCCK are refused, and so is a truncated file;
/// damage that leaves a picture is counted in `warnings`.
int cimaging_jpeg_decode(const uint8_t *data, size_t size, long maximum_pixels, cimaging_picture *out);

/// 8-bit RGB to baseline JPEG with 4:2:0 chroma, or 4:4:4 where `full_chroma` is not 0.
int cimaging_jpeg_encode(const uint8_t *pixels, int width, int height, int quality, int full_chroma,
                         cimaging_file *out);

/// A WebP picture, lossy or lossless, to 8-bit RGB, without regard to EXIF; transparency is composited on the grey
/// `background`. Animations are refused, and so is a truncated file.
int cimaging_webp_decode(const uint8_t *data, size_t size, long maximum_pixels, uint8_t background,
                         cimaging_picture *out);

/// 8-bit RGB to a JPEG 2000 codestream (irreversible wavelet, colour transform, 4:4:4) rate-allocated to `ratio`,
/// raw bytes over coded bytes.
int cimaging_jpeg2000_encode(const uint8_t *pixels, int width, int height, float ratio, cimaging_file *out);

/// A JPEG 2000 codestream or JP2 file of one or three 8-bit components of one size to 8-bit RGB.
int cimaging_jpeg2000_decode(const uint8_t *data, size_t size, int partial, long maximum_pixels, cimaging_picture *out);

#endif
