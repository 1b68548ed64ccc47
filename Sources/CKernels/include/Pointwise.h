#ifndef CKERNELS_POINTWISE_H
#define CKERNELS_POINTWISE_H

/// Functions of one number: x, x/(1+exp(-x)), x/2 (1 + erf(x/sqrt 2)) within 1e-6, x/(1+exp(-1.702x)),
/// x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), max(x, 0).
enum { CKERNELS_IDENTITY, CKERNELS_SILU, CKERNELS_GELU, CKERNELS_QUICK_GELU, CKERNELS_TANH_GELU, CKERNELS_RELU };

/// y[i] = f(gain*x[i] + offset), where y may be x.
void ckernels_activate(int function, long count, float gain, float offset, const float *x, float *y);

/// x[i*row + j] = min(max(x[i*row + j], lower), upper)   for i < rows, j < columns, a whole number of CKERNELS_LANES.
void ckernels_clamp(long rows, long columns, float lower, float upper, float *x, long row);

/// Replaces each x by exp(scale*(x - largest)), relative error below 3e-7, and returns their sum.
float ckernels_exponentials(long count, float scale, float *x);

/// Mean and (biased) variance: sums of blocks in single precision, their sum in double.
void ckernels_moments(long count, const float *x, float *mean, float *variance);

#endif
