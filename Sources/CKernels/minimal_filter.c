#include "MinimalFilter.h"

#include <string.h>

#include "processor.h"

#pragma clang diagnostic ignored "-Wpsabi"

#define NAME(x) portable_##x
#define ROWS 2
#include "minimal_filter_body.h"
#undef NAME
#undef ROWS

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME(x) avx2_##x
#define ROWS 6
#include "minimal_filter_body.h"
#undef NAME
#undef ROWS
#pragma clang attribute pop
#define CALL(name, ...) \
    if (ckernels_is_wide()) avx2_##name(__VA_ARGS__); else portable_##name(__VA_ARGS__)
#else
#define CALL(name, ...) portable_##name(__VA_ARGS__)
#endif

void ckernels_row_product(long rows, long panels, long segments, long inner, const float *a, long a_row, long a_segment, const float *b,
                          const float *initial, float *c, long c_row) {
    CALL(product, rows, panels, segments, inner, a, a_row, a_segment, b, initial, c, c_row);
}
void ckernels_transform_patch(const float *const *pixels, long channels, float *v, long step) {
    CALL(transform_patch, pixels, channels, v, step);
}
void ckernels_transform_phases(const float *const *pixels, long channels, float *v, const int32_t *places) {
    CALL(transform_phases, pixels, channels, v, places);
}
void ckernels_results(const float *m, long step, long channels, const float *bias, float *y) { CALL(results, m, step, channels, bias, y); }
void ckernels_results_of_phases(const float *m, const int32_t *places, long channels, const float *bias, float *y) {
    CALL(results_of_phases, m, places, channels, bias, y);
}
void ckernels_normalise(long rows, long panels, const float *gamma, const float *beta, int inverse, float *x, float *scratch) {
    CALL(normalise, rows, panels, gamma, beta, inverse, x, scratch);
}
void ckernels_gather_columns(long pixels, long count, const float *const *p, const float *bias, float *line) {
    CALL(gather_columns, pixels, count, p, bias, line);
}
void ckernels_depthwise(long pixels, long channels, long taps, const float *const *x, long step, const float *const *weights, const float *bias,
                        float lower, float upper, float *y, long y_step) {
    CALL(depthwise, pixels, channels, taps, x, step, weights, bias, lower, upper, y, y_step);
}
void ckernels_gelu(long count, float *x) { CALL(gelu, count, x); }
