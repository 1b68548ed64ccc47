#ifndef CKERNELS_PROCESSOR_H
#define CKERNELS_PROCESSOR_H

/// Whether the loops with AVX2 and FMA run here: the processor has both, and GENSEMCOM_PORTABLE_KERNELS, by which
/// the others are tested, is not set.
int ckernels_is_wide(void);

#endif
