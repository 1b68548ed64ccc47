// Pixels that hold their channels side by side: patches, normalisation and depthwise taps, a part of kernels_body.h.

// Bᵀ d and Aᵀ m along one direction of a patch of 4 (F(2,3)) or 6 pixels (F(4,3)).
INLINE void NAME(inputs)(const int size, const V *d, V *t) {
    if (size == 4) {
        t[0] = d[0] - d[2], t[1] = d[1] + d[2], t[2] = d[2] - d[1], t[3] = d[3] - d[1];
    } else {
        V even = d[4] - 4 * d[2], odd = d[3] - 4 * d[1], near = d[4] - d[2], far = 2 * (d[3] - d[1]);
        t[0] = 4 * d[0] - 5 * d[2] + d[4], t[5] = 4 * d[1] - 5 * d[3] + d[5];
        t[1] = even + odd, t[2] = even - odd, t[3] = near + far, t[4] = near - far;
    }
}
INLINE void NAME(outputs)(const int size, const V *m, V *t) {
    if (size == 4) {
        t[0] = m[0] + m[1] + m[2], t[1] = m[1] - m[2] + m[3];
    } else {
        V even = m[1] + m[2], odd = m[1] - m[2], far = m[3] + m[4], wide = m[3] - m[4];
        t[0] = m[0] + even + far, t[1] = odd + 2 * wide, t[2] = even + 4 * far, t[3] = odd + 8 * wide + m[5];
    }
}

INLINE void NAME(patch)(const int size, const float *const *pixels, long channels, float *v, long step) {
    for (long c = 0; c < channels; c += WIDTH) {
        V t[6][6], d[6], u[6];
        UNROLLED (int r = 0; r < size; r++) {
            UNROLLED (int i = 0; i < size; i++) d[i] = LOAD(pixels[size * r + i] + c);
            NAME(inputs)(size, d, t[r]);
        }
        UNROLLED (int q = 0; q < size; q++) {
            UNROLLED (int r = 0; r < size; r++) d[r] = t[r][q];
            NAME(inputs)(size, d, u);
            UNROLLED (int p = 0; p < size; p++) STORE(v + (size * p + q) * step + c, u[p]);
        }
    }
}
static void NAME(transform_patch)(long size, const float *const *pixels, long channels, float *v, long step) {
    if (size == 4) NAME(patch)(4, pixels, channels, v, step);
    else NAME(patch)(6, pixels, channels, v, step);
}

static void NAME(transform_phases)(const float *const *pixels, long channels, float *v, const int32_t *places) {
    for (long c = 0; c < channels; c += WIDTH) {
        V t[7][7];
        for (int r = 0; r < 7; r++) {
            V d[7];
            for (int i = 0; i < 7; i++) d[i] = LOAD(pixels[7 * r + i] + c);
            t[r][0] = d[0] - d[4], t[r][1] = d[2] + d[4], t[r][2] = d[4] - d[2], t[r][3] = d[6] - d[2];
            t[r][4] = d[1] + d[3], t[r][5] = d[3] - d[1], t[r][6] = d[5] - d[1];
        }
        for (int q = 0; q < 7; q++) {
            const int32_t *place = places + q;
            float *to = v + c;
            STORE(to + place[0], t[0][q] - t[4][q]);
            STORE(to + place[7], t[2][q] + t[4][q]);
            STORE(to + place[14], t[4][q] - t[2][q]);
            STORE(to + place[21], t[6][q] - t[2][q]);
            STORE(to + place[28], t[1][q] + t[3][q]);
            STORE(to + place[35], t[3][q] - t[1][q]);
            STORE(to + place[42], t[5][q] - t[1][q]);
        }
    }
}

INLINE void NAME(tile)(const int size, const float *m, long step, long channels, const float *bias, const float *bounds,
                       float *const *y) {
    for (long c = 0; c < channels; c += WIDTH) {
        V t[6][4], n[6], u[4], b = LOAD(bias + c);
        UNROLLED (int q = 0; q < size; q++) {
            UNROLLED (int p = 0; p < size; p++) n[p] = LOAD(m + (size * p + q) * step + c);
            NAME(outputs)(size, n, t[q]);
        }
        UNROLLED (int i = 0; i < size - 2; i++) {
            UNROLLED (int q = 0; q < size; q++) n[q] = t[q][i];
            NAME(outputs)(size, n, u);
            UNROLLED (int j = 0; j < size - 2; j++) {
                V sum = u[j] + b;
                if (bounds) {
                    sum = __builtin_elementwise_max(sum, ALL(bounds[0]));
                    sum = __builtin_elementwise_min(sum, ALL(bounds[1]));
                }
                STORE(y[(size - 2) * i + j] + c, sum);
            }
        }
    }
}
static void NAME(results)(long size, const float *m, long step, long channels, const float *bias, const float *bounds,
                          float *const *y) {
    if (size == 4) NAME(tile)(4, m, step, channels, bias, bounds, y);
    else NAME(tile)(6, m, step, channels, bias, bounds, y);
}

static void NAME(results_of_phases)(const float *m, const int32_t *places, long channels, const float *bias, float *y) {
    for (long c = 0; c < channels; c += WIDTH) {
        // t: rows 0 and 2 of the even phase, 1 and 3 of the odd one.
        V t[4][7], b = LOAD(bias + c);
        for (int q = 0; q < 7; q++) {
            V n[7];
            for (int p = 0; p < 7; p++) n[p] = LOAD(m + places[7 * p + q] + c);
            t[0][q] = n[0] + n[1] + n[2], t[2][q] = n[1] - n[2] + n[3];
            t[1][q] = n[4] + n[5], t[3][q] = n[4] - n[5] + n[6];
        }
        for (int i = 0; i < 4; i++) {
            V *n = t[i];
            float *to = y + 4 * i * channels + c;
            STORE(to, n[0] + n[1] + n[2] + b);
            STORE(to + channels, n[4] + n[5] + b);
            STORE(to + 2 * channels, n[1] - n[2] + n[3] + b);
            STORE(to + 3 * channels, n[4] - n[5] + n[6] + b);
        }
    }
}

static void NAME(normalise)(long rows, long panels, const float *gamma, const float *beta, int inverse, float *x,
                            float *scratch) {
    long channels = CKERNELS_LANES * panels;
    float *norms = scratch + CKERNELS_NORM_ROWS * channels;
    for (long row = 0; row < rows; row += CKERNELS_NORM_ROWS, x += CKERNELS_NORM_ROWS * channels) {
        long some = rows - row < CKERNELS_NORM_ROWS ? rows - row : CKERNELS_NORM_ROWS;
        for (long i = 0; i < some * channels; i += WIDTH) {
            V v = LOAD(x + i);
            STORE(scratch + i, v * v);
        }
        NAME(product)(some, panels, 1, channels, scratch, channels, 0, gamma, beta, 0, 0, 0, norms, channels);
        for (long i = 0; i < some * channels; i += WIDTH) {
            V root = __builtin_elementwise_sqrt(LOAD(norms + i));
            STORE(x + i, inverse ? LOAD(x + i) * root : LOAD(x + i) / root);
        }
    }
}

static void NAME(gather_columns)(long pixels, long count, const float *const *p, const float *bias, float *line) {
    // Kernel column 4 reaches the first of the two pixels only; beyond it lies what belongs to the next.
    const NAME(eight_words) first = {-1, -1, -1, 0, 0, 0, 0, 0};
    NAME(eight) b = NAME(load_eight)(bias);
    for (long x = 0; x < pixels; x++) {
        NAME(eight) sum = b;
        for (long r = 0; r < count; r++) {
            const float *from = p[r] + CKERNELS_LANES * x;
            NAME(eight) last = (NAME(eight))((NAME(eight_words))NAME(load_eight)(from - CKERNELS_LANES + 12) & first);
            sum = sum + last + NAME(load_eight)(from + 6) + NAME(load_eight)(from + CKERNELS_LANES);
        }
        memcpy(line + 6 * x, &sum, sizeof sum);
    }
}

// Sums of some pixels and a vector of channels stay in registers while the taps go by. `run` taps at a time meet pixels
// that lie side by side: each of these is read once, and serves every tap that reaches it.
INLINE void NAME(depthwise_block)(const int pixels, const int run, const int stride, long taps, const float *const *x,
                                  long pixel, const float *const *weights, V initial, V least, V most, long c, float *y,
                                  long y_step) {
    V s[DEPTHWISE_PIXELS];
    UNROLLED (int i = 0; i < pixels; i++) s[i] = initial;
    for (long tap = 0; tap < taps; tap += run) {
        const float *from = x[tap] + c;
        V w[5];
        UNROLLED (int j = 0; j < run; j++) w[j] = LOAD(weights[tap + j] + c);
        UNROLLED (int p = 0; p < stride * (pixels - 1) + run; p++) {
            if (run == 1 && p % stride) continue;
            V v = LOAD(from + p * pixel);
            UNROLLED (int j = 0; j < run; j++)
                if (p >= j && (p - j) % stride == 0 && (p - j) / stride < pixels) s[(p - j) / stride] += v * w[j];
        }
    }
    UNROLLED (int i = 0; i < pixels; i++)
        STORE(y + i * y_step + c, __builtin_elementwise_min(__builtin_elementwise_max(s[i], least), most));
}

INLINE void NAME(depthwise_line)(const int run, const int stride, long pixels, long channels, long taps,
                                 const float *const *x, long pixel, const float *const *weights, const float *bias,
                                 float lower, float upper, float *y, long y_step) {
    V least = ALL(lower), most = ALL(upper);
    const float *shifted[CKERNELS_DEPTHWISE_TAPS];
    for (long done = 0; done < pixels;) {
        int some = pixels - done >= DEPTHWISE_PIXELS ? DEPTHWISE_PIXELS : 1;
        for (long tap = 0; tap < taps; tap++) shifted[tap] = x[tap] + done * stride * pixel;
        for (long c = 0; c < channels; c += WIDTH)
            if (some > 1)
                NAME(depthwise_block)(DEPTHWISE_PIXELS, run, stride, taps, shifted, pixel, weights, LOAD(bias + c),
                                      least, most, c, y + done * y_step, y_step);
            else
                NAME(depthwise_block)(1, run, stride, taps, shifted, pixel, weights, LOAD(bias + c), least, most, c,
                                      y + done * y_step, y_step);
        done += some;
    }
}

static void NAME(depthwise)(long pixels, long channels, long taps, long run, const float *const *x, long pixel,
                            long stride, const float *const *weights, const float *bias, float lower, float upper,
                            float *y, long y_step) {
#define LINE(run, stride, pixel) \
    NAME(depthwise_line)(run, stride, pixels, channels, taps, x, pixel, weights, bias, lower, upper, y, y_step)
    if (run == 3 && stride == 1) LINE(3, 1, pixel);
    else if (run == 3 && stride == 2) LINE(3, 2, pixel);
    else if (run == 5 && stride == 1) LINE(5, 1, pixel);
    else if (run == 5 && stride == 2) LINE(5, 2, pixel);
    else LINE(1, 1, stride * pixel);
#undef LINE
}
