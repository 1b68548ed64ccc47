#include "CKernels.h"

#include <string.h>

#include "processor.h"

typedef void (*block_kernel)(long depth, const float *a, const float *panel, float *c, long leading);

// Portable: the compiler's vectors of four, separate multiplication and addition.
typedef float four __attribute__((vector_size(16)));

static void kernel_portable(long depth, const float *a, const float *panel, float *c, long leading) {
    // Two rows at a time: eight sums and four columns' vectors fit sixteen registers.
    for (int row = 0; row < CKERNELS_ROWS; row += 2) {
        four s[2][4];
        memset(s, 0, sizeof s);
        const float *b = panel;
        for (long k = 0; k < depth; k++, b += CKERNELS_COLUMNS) {
            float w0 = a[CKERNELS_ROWS * k + row], w1 = a[CKERNELS_ROWS * k + row + 1];
            four v0 = {w0, w0, w0, w0}, v1 = {w1, w1, w1, w1}, x;
            for (int j = 0; j < 4; j++) {
                memcpy(&x, b + 4 * j, 16);
                s[0][j] += v0 * x;
                s[1][j] += v1 * x;
            }
        }
        for (int r = 0; r < 2; r++)
            for (int j = 0; j < 16; j++) c[(row + r) * leading + j] += s[r][j / 4][j % 4];
    }
}

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx2,fma"))) static void kernel_avx2(long depth, const float *a, const float *panel, float *c, long leading) {
    __m256 s00 = _mm256_setzero_ps(), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00, s40 = s00, s41 = s00, s50 = s00, s51 = s00;
    for (long k = 0; k < depth; k++, a += CKERNELS_ROWS, panel += CKERNELS_COLUMNS) {
        __m256 w, b0 = _mm256_load_ps(panel + 0), b1 = _mm256_load_ps(panel + 8);
        w = _mm256_broadcast_ss(a + 0);
        s00 = _mm256_fmadd_ps(w, b0, s00), s01 = _mm256_fmadd_ps(w, b1, s01);
        w = _mm256_broadcast_ss(a + 1);
        s10 = _mm256_fmadd_ps(w, b0, s10), s11 = _mm256_fmadd_ps(w, b1, s11);
        w = _mm256_broadcast_ss(a + 2);
        s20 = _mm256_fmadd_ps(w, b0, s20), s21 = _mm256_fmadd_ps(w, b1, s21);
        w = _mm256_broadcast_ss(a + 3);
        s30 = _mm256_fmadd_ps(w, b0, s30), s31 = _mm256_fmadd_ps(w, b1, s31);
        w = _mm256_broadcast_ss(a + 4);
        s40 = _mm256_fmadd_ps(w, b0, s40), s41 = _mm256_fmadd_ps(w, b1, s41);
        w = _mm256_broadcast_ss(a + 5);
        s50 = _mm256_fmadd_ps(w, b0, s50), s51 = _mm256_fmadd_ps(w, b1, s51);
    }
#define ADD(p, s) _mm256_storeu_ps(p, _mm256_add_ps(_mm256_loadu_ps(p), s))
    ADD(c + 0, s00), ADD(c + 8, s01), c += leading;
    ADD(c + 0, s10), ADD(c + 8, s11), c += leading;
    ADD(c + 0, s20), ADD(c + 8, s21), c += leading;
    ADD(c + 0, s30), ADD(c + 8, s31), c += leading;
    ADD(c + 0, s40), ADD(c + 8, s41), c += leading;
    ADD(c + 0, s50), ADD(c + 8, s51), c += leading;
#undef ADD
}

static block_kernel best_kernel(void) {
    return ckernels_is_wide() ? kernel_avx2 : kernel_portable;
}
#else
static block_kernel best_kernel(void) { return kernel_portable; }
#endif

void ckernels_tile_product(long rows, long columns, long inner, const float *a, const float *tile, const int32_t *offsets,
                           float *c, long leading, float *panel) {
    block_kernel kernel = best_kernel();
    for (long from = 0; from < inner; from += CKERNELS_DEPTH) {
        long depth = inner - from < CKERNELS_DEPTH ? inner - from : CKERNELS_DEPTH;
        for (long column = 0; column < columns; column += CKERNELS_COLUMNS) {
            float *line = panel;
            for (long k = 0; k < depth; k++, line += CKERNELS_COLUMNS)
                memcpy(line, tile + offsets[from + k] + column, CKERNELS_COLUMNS * sizeof(float));
            const float *weights = a + from * rows;
            for (long row = 0; row < rows; row += CKERNELS_ROWS, weights += depth * CKERNELS_ROWS)
                kernel(depth, weights, panel, c + row * leading + column, leading);
        }
    }
}
