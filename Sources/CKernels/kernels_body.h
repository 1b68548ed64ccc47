// The loops of KernelLevel.h, compiled once for each instruction set: NAME(x) names a function, WIDTH is how many
// numbers a vector holds; ROWS by PANELS of 16 columns is the part of a product that the registers hold.

typedef float NAME(vector) __attribute__((ext_vector_type(WIDTH)));
typedef int32_t NAME(words) __attribute__((ext_vector_type(WIDTH)));
typedef float NAME(eight) __attribute__((ext_vector_type(8)));
typedef int32_t NAME(eight_words) __attribute__((ext_vector_type(8)));
#define V NAME(vector)
#define INLINE static inline __attribute__((always_inline))
#define UNROLLED _Pragma("clang loop unroll(full)") for

INLINE V NAME(load)(const float *p) {
    V v;
    memcpy(&v, p, sizeof v);
    return v;
}
INLINE NAME(eight) NAME(load_eight)(const float *p) {
    NAME(eight) v;
    memcpy(&v, p, sizeof v);
    return v;
}
#define LOAD(p) NAME(load)(p)
#define STORE(p, v) NAME(store)(p, v)
#define ALL(x) ((V)(x))
INLINE void NAME(store)(float *p, V v) { memcpy(p, &v, sizeof v); }
// Vectors of a panel.
#define PER (CKERNELS_LANES / WIDTH)

#include "products_body.h"

#include "pixels_body.h"

#include "pointwise_body.h"

const struct ckernels_loops NAME(loops) = {
    NAME(tile_product), NAME(product), NAME(transform_patch), NAME(transform_phases), NAME(results),
    NAME(results_of_phases), NAME(normalise), NAME(gather_columns), NAME(depthwise), NAME(clamp),
    NAME(activate), NAME(exponentials), NAME(moments)};

#undef ALL
#undef LOAD
#undef STORE
#undef PER
#undef INLINE
#undef UNROLLED
#undef V
#undef NAME
#undef WIDTH
#undef ROWS
#undef PANELS
#undef DEPTHWISE_PIXELS
