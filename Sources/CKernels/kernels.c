#include "CKernels.h"

#include <string.h>

#pragma clang diagnostic ignored "-Wpsabi"

#define NAME(x) portable_##x
#define WIDTH 8
#define ROWS 2
#define PANELS 1
#define DEPTHWISE_PIXELS 2
#include "kernels_body.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME(x) avx2_##x
#define WIDTH 8
#define ROWS 6
#define PANELS 1
#define DEPTHWISE_PIXELS 8
#include "kernels_body.h"
#pragma clang attribute pop

// Twenty-four sums of sixteen, two vectors of weights and one of a pixel's number, of 32 registers.
#define AVX512 "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl"
#pragma clang attribute push(__attribute__((target(AVX512))), apply_to = function)
#define NAME(x) avx512_##x
#define WIDTH 16
#define ROWS 12
#define PANELS 2
#define DEPTHWISE_PIXELS 8
#include "kernels_body.h"
#pragma clang attribute pop
#endif

void ckernels_tile_product(long rows, long columns, long inner, const float *a, const float *tile,
                           const int32_t *offsets, float *c, long leading, float *panel) {
    ckernels_chosen()->tile_product(rows, columns, inner, a, tile, offsets, c, leading, panel);
}
void ckernels_row_product(long rows, long panels, long segments, long inner, const float *a, long a_row, long a_segment,
                          const float *b, const float *initial, const float *addend, long addend_row,
                          const float *bounds, float *c, long c_row) {
    ckernels_chosen()->row_product(rows, panels, segments, inner, a, a_row, a_segment, b, initial, addend, addend_row,
                                   bounds, c, c_row);
}
void ckernels_transform_patch(long size, const float *const *pixels, long channels, float *v, long step) {
    ckernels_chosen()->transform_patch(size, pixels, channels, v, step);
}
void ckernels_transform_phases(const float *const *pixels, long channels, float *v, const int32_t *places) {
    ckernels_chosen()->transform_phases(pixels, channels, v, places);
}
void ckernels_results(long size, const float *m, long step, long channels, const float *bias, const float *bounds,
                      float *const *y) {
    ckernels_chosen()->results(size, m, step, channels, bias, bounds, y);
}
void ckernels_results_of_phases(const float *m, const int32_t *places, long channels, const float *bias, float *y) {
    ckernels_chosen()->results_of_phases(m, places, channels, bias, y);
}
void ckernels_normalise(long rows, long panels, const float *gamma, const float *beta, int inverse, float *x,
                         float *scratch) {
    ckernels_chosen()->normalise(rows, panels, gamma, beta, inverse, x, scratch);
}
void ckernels_gather_columns(long pixels, long count, const float *const *p, const float *bias, float *line) {
    ckernels_chosen()->gather_columns(pixels, count, p, bias, line);
}
void ckernels_depthwise(long pixels, long channels, long taps, long run, const float *const *x, long pixel, long stride,
                        const float *const *weights, const float *bias, float lower, float upper, float *y,
                        long y_step) {
    ckernels_chosen()->depthwise(pixels, channels, taps, run, x, pixel, stride, weights, bias, lower, upper, y, y_step);
}
void ckernels_clamp(long rows, long columns, float lower, float upper, float *x, long row) {
    ckernels_chosen()->clamp(rows, columns, lower, upper, x, row);
}
void ckernels_activate(int function, long count, float gain, float offset, const float *x, float *y) {
    ckernels_chosen()->activate(function, count, gain, offset, x, y);
}
float ckernels_exponentials(long count, float scale, float *x) {
    return ckernels_chosen()->exponentials(count, scale, x);
}
void ckernels_moments(long count, const float *x, float *mean, float *variance) {
    ckernels_chosen()->moments(count, x, mean, variance);
}
