#ifndef CKERNELS_MINIMAL_FILTER_H
#define CKERNELS_MINIMAL_FILTER_H

#include <stdint.h>

// Layers whose pixels hold all their channels side by side, a whole number of vectors each. Convolutions go by
// Winograd's minimal filtering F(2,3) in both directions (S. Winograd, 1980; A. Lavin and S. Gray, 2016):
//
//     y = Aᵀ[(G g) ⊙ (Bᵀ d)]      Bᵀd = d0-d2, d1+d2, d2-d1, d3-d1      y = m0+m1+m2, m1-m2+m3
//
// A kernel of three taps takes four products for two results, one of two taps (its first tap zero) three: m0 is zero.
// A 5x5 kernel of stride 2 falls into phases of 3 and 2 taps a direction. No result depends on an input its taps do not
// reach, so rounding is the same wherever a tile lies. F(4,3), of points 0, 1, -1, 2, -2, takes 36 products for 4x4
// results; their rounding depends on the whole patch of 6x6 pixels.

enum {
    CKERNELS_LANES = 16,        // outputs of a panel of weights
    CKERNELS_PANEL_DEPTH = 256  // inputs of a panel that stay in the nearest cache
};

/// c[i][j] = initial[j] (or c[i][j] where initial is null) + addend[i*addend_row + j] (where not null) + sum over
/// segments s and k < inner of a[i*a_row + s*a_segment + k] * b[s*inner + k][j]   for i < rows, j < 16*panels, none
/// below bounds[0] or above bounds[1] (where not null).
///
/// `b` is packed: blocks of CKERNELS_PANEL_DEPTH k (one block where there are several segments); within a block panels
/// of 16 columns; within a panel, k by k. The sum of one element is made in the order of k, wherever it lies.
void ckernels_row_product(long rows, long panels, long segments, long inner, const float *a, long a_row, long a_segment,
                          const float *b, const float *initial, const float *addend, long addend_row,
                          const float *bounds, float *c, long c_row);

/// Bᵀ d B of a patch of size² pixels, 4 or 6 a side: value (p, q), size·p+q, goes to v + (size·p+q)*step.
void ckernels_transform_patch(long size, const float *const *pixels, long channels, float *v, long step);

/// The same for the four phases of a patch of 7x7 pixels: value (p, q), 7p+q, goes to v + places[7p+q].
/// p 0...3 are the points of the even rows, 4...6 those of the odd rows but the first, which is zero.
void ckernels_transform_phases(const float *const *pixels, long channels, float *v, const int32_t *places);

/// Aᵀ m A: the products of point (p, q) lie at m + (size·p+q)*step; pixel [i][j] of size−2 a side goes to
/// y[(size−2)·i+j], with `bias`, none below bounds[0] or above bounds[1] (where not null).
void ckernels_results(long size, const float *m, long step, long channels, const float *bias, const float *bounds,
                      float *const *y);

/// The same for the four phases of 4x4 results: the products lie at m + places[7p+q]; y[4i+j].
void ckernels_results_of_phases(const float *m, const int32_t *places, long channels, const float *bias, float *y);

/// x_i / sqrt(beta_i + sum over j of gamma_ij x_j^2), or times the root where `inverse`, for `rows` pixels of 16*panels
/// channels each. `gamma` is packed as `b` above, (j × i). `scratch` holds 2*CKERNELS_NORM_ROWS*16*panels floats.
void ckernels_normalise(long rows, long panels, const float *gamma, const float *beta, int inverse, float *x,
                        float *scratch);
enum { CKERNELS_NORM_ROWS = 24 };

/// line[6x + 3j + c], pixels 2x and 2x+1, channel c: bias plus what the rows p[r], r < count, give. A row holds 16
/// numbers a pixel: five kernel columns of three channels, and a zero. Columns 0 and 1 count from pixel x+1, 2 and 3
/// from x, 4 from x-1.
/// p[r] points to pixel x = 0 and is read from x = -1 to `pixels`; two floats more than 6*pixels are written.
void ckernels_gather_columns(long pixels, long count, const float *const *p, const float *bias, float *line);

/// y[i][c] = clamp(bias[c] + sum over taps of x[tap][i*stride*pixel + c] * weights[tap][c], lower, upper)   for i <
/// pixels, c < channels, a whole number of CKERNELS_LANES; pixels of x lie `pixel`, those of y `y_step` apart. A sum is
/// made in the order of the taps; a tap that meets nothing is left out by the caller. Of `run` taps at a time, which
/// divides `taps`, each meets the pixel beside the one before; 1 says nothing.
void ckernels_depthwise(long pixels, long channels, long taps, long run, const float *const *x, long pixel, long stride,
                        const float *const *weights, const float *bias, float lower, float upper, float *y,
                        long y_step);
enum { CKERNELS_DEPTHWISE_TAPS = 49 };

#endif
