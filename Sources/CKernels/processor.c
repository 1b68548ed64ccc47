#include "processor.h"

#include <stdatomic.h>
#include <stdlib.h>

int ckernels_is_wide(void) {
#if defined(__x86_64__)
    static _Atomic int known = -1;
    int answer = atomic_load_explicit(&known, memory_order_relaxed);
    if (answer < 0) {
        answer = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && !getenv("GENSEMCOM_PORTABLE_KERNELS");
        atomic_store_explicit(&known, answer, memory_order_relaxed);
    }
    return answer;
#else
    return 0;
#endif
}
