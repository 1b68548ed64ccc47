#ifndef CKERNELS_KERNEL_LEVEL_H
#define CKERNELS_KERNEL_LEVEL_H

#include <stddef.h>
#include <stdint.h>

/// The instruction sets for which the loops are compiled, each holding those before it. On ARM the portable ones are
/// NEON's: they are the same vectors, written for any processor.
enum { CKERNELS_PORTABLE, CKERNELS_AVX2, CKERNELS_AVX512, CKERNELS_LEVELS };

/// The loops of one level; `WinogradConvolution.h`, `Pointwise.h` and `CKernels.h` say what each computes.
struct ckernels_loops {
    void (*tile_product)(long rows, long columns, long inner, const float *a, const float *tile, const int32_t *offsets,
                         float *c, long leading, float *panel);
    void (*row_product)(long rows, long panels, long segments, long inner, const float *a, long a_row, long a_segment,
                        const float *b, const float *initial, const float *addend, long addend_row,
                        const float *bounds, float *c, long c_row);
    void (*transform_patch)(long size, const float *const *pixels, long channels, float *v, long step);
    void (*transform_phases)(const float *const *pixels, long channels, float *v, const int32_t *places);
    void (*results)(long size, const float *m, long step, long channels, const float *bias, const float *bounds,
                    float *const *y);
    void (*results_of_phases)(const float *m, const int32_t *places, long channels, const float *bias, float *y);
    void (*normalise)(long rows, long panels, const float *gamma, const float *beta, int inverse, float *x,
                      float *scratch);
    void (*gather_columns)(long pixels, long count, const float *const *p, const float *bias, float *line);
    void (*depthwise)(long pixels, long channels, long taps, long run, const float *const *x, long pixel, long stride,
                      const float *const *weights, const float *bias, float lower, float upper, float *y, long y_step);
    void (*clamp)(long rows, long columns, float lower, float upper, float *x, long row);
    void (*activate)(int function, long count, float gain, float offset, const float *x, float *y);
    float (*exponentials)(long count, float scale, float *x);
    void (*moments)(long count, const float *x, float *mean, float *variance);
};

/// Those of one level, or null with what the processor or the system lacks for it in `lacks` (static text).
const struct ckernels_loops *ckernels_of(int level, const char **lacks);

/// The widest that run here, or those that GENSEMCOM_KERNELS=portable|avx2|avx512 asks for. Where there is something to
/// complain of, the program ends with that line and status 2.
const struct ckernels_loops *ckernels_chosen(void);

/// portable, avx2 or avx512: what is chosen.
const char *ckernels_name(void);

/// Whether GENSEMCOM_KERNELS names none of the levels, or one that the processor or the system lacks something for;
/// `complaint` then says so in one line.
int ckernels_complaint(char *complaint, size_t size);

#endif
