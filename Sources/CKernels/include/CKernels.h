#ifndef CKERNELS_H
#define CKERNELS_H

#include <stdint.h>

#include "KernelLevel.h"
#include "WinogradConvolution.h"
#include "Pointwise.h"

// Why this is C: the inner loops need instructions (AVX2, AVX-512) that not every processor has, chosen while the
// program runs. Swift can compile a function for one instruction set only.

enum { CKERNELS_ROWS = 6, CKERNELS_COLUMNS = 16, CKERNELS_DEPTH = 192 };
enum { CKERNELS_TILE_SCRATCH = 2 * CKERNELS_COLUMNS * CKERNELS_DEPTH };

/// c[r][j] += sum over k of a[r][k] * tile[offsets[k] + j]   for r < rows, j < columns.
///
/// rows is a multiple of CKERNELS_ROWS, columns of CKERNELS_COLUMNS; c has rows of `leading` floats. `a` is packed:
/// blocks of CKERNELS_DEPTH k; within a block, groups of CKERNELS_ROWS rows; within a group, k by k, row by row.
/// `panel` is scratch of CKERNELS_TILE_SCRATCH floats on a 64-byte boundary.
///
/// The sum of one element is made in the order of k alone, wherever in the tile it lies.
void ckernels_tile_product(long rows, long columns, long inner, const float *a, const float *tile,
                           const int32_t *offsets, float *c, long leading, float *panel);

/// A moment's rest of a thread that waits awake.
static inline void ckernels_pause(void) {
#if defined(__x86_64__)
    __asm__ volatile("pause");
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#endif
