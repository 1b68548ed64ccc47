#include "KernelLevel.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

extern const struct ckernels_loops portable_loops, avx2_loops, avx512_loops;
static const struct ckernels_loops *const all[] = {&portable_loops, &avx2_loops, &avx512_loops};

/// The states of registers that the system keeps when it switches between programs; without them a level's
/// instructions are refused though the processor has them.
static unsigned kept_states(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE)) return 0;
    __asm__("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
    return a;
}

static const char *lacking(int level) {
    unsigned a, b, c, d, states = kept_states();
    if (level == CKERNELS_PORTABLE) return 0;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_FMA)) return "the processor lacks fma";
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & bit_AVX2)) return "the processor lacks avx2";
    if ((states & 0x06) != 0x06) return "the system does not keep 256-bit registers";
    if (level == CKERNELS_AVX2) return 0;
    if (!(b & bit_AVX512F)) return "the processor lacks avx512f";
    if (!(b & bit_AVX512BW)) return "the processor lacks avx512bw";
    if (!(b & bit_AVX512DQ)) return "the processor lacks avx512dq";
    if (!(b & bit_AVX512VL)) return "the processor lacks avx512vl";
    if ((states & 0xe6) != 0xe6) return "the system does not keep 512-bit registers";
    return 0;
}
#else
extern const struct ckernels_loops portable_loops;
static const struct ckernels_loops *const all[] = {&portable_loops, 0, 0};

static const char *lacking(int level) { return level == CKERNELS_PORTABLE ? 0 : "the processor is none of x86-64's"; }
#endif

const struct ckernels_loops *ckernels_of(int level, const char **lacks) {
    *lacks = lacking(level);
    return *lacks ? 0 : all[level];
}

static const char *const names[] = {"portable", "avx2", "avx512"};

// The loops to use, or null with what is wrong about the wish for others in `complaint`.
static const struct ckernels_loops *choose(char *complaint, size_t size) {
    const char *wish = getenv("GENSEMCOM_KERNELS"), *lacks;
    int level = CKERNELS_LEVELS - 1;
    if (!wish || !*wish) {
        while (!ckernels_of(level, &lacks)) level--;
        return all[level];
    }
    while (level >= 0 && strcmp(wish, names[level])) level--;
    if (level < 0)
        snprintf(complaint, size, "GENSEMCOM_KERNELS=%s: known are portable, avx2 and avx512", wish);
    else if (!ckernels_of(level, &lacks))
        snprintf(complaint, size, "GENSEMCOM_KERNELS=%s: %s", wish, lacks);
    else
        return all[level];
    return 0;
}

int ckernels_complaint(char *complaint, size_t size) { return !choose(complaint, size); }

const struct ckernels_loops *ckernels_chosen(void) {
    static _Atomic(const struct ckernels_loops *) known;
    const struct ckernels_loops *loops = atomic_load_explicit(&known, memory_order_acquire);
    if (!loops) {
        char complaint[200];
        if (!(loops = choose(complaint, sizeof complaint))) {
            fprintf(stderr, "%s\n", complaint);
            exit(2);
        }
        atomic_store_explicit(&known, loops, memory_order_release);
    }
    return loops;
}

const char *ckernels_name(void) {
    for (int level = 0; level < CKERNELS_LEVELS; level++)
        if (all[level] == ckernels_chosen()) return names[level];
    return 0;
}
