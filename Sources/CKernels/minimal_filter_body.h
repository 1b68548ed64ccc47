// The loops of MinimalFilter.h, compiled once for each instruction set: NAME(x) names a function, ROWS is how many rows of
// a product its registers hold.

typedef float NAME(eight) __attribute__((vector_size(32)));
typedef int32_t NAME(words) __attribute__((vector_size(32)));
#define V NAME(eight)
#define DEPTHWISE_PIXELS (ROWS > 2 ? 6 : 2)

static inline __attribute__((always_inline)) V NAME(load)(const float *p) {
    V v;
    memcpy(&v, p, sizeof v);
    return v;
}
static inline __attribute__((always_inline)) void NAME(store)(float *p, V v) { memcpy(p, &v, sizeof v); }
#define LOAD(p) NAME(load)(p)
#define STORE(p, v) NAME(store)(p, v)

static inline __attribute__((always_inline)) void NAME(block)(const int rows, long segments, long inner, const float *a, long a_row, long a_segment,
                                                             const float *b, const float *initial, float *c, long c_row) {
    V s[ROWS][2];
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < 2; j++) s[i][j] = LOAD((initial ? initial : c + i * c_row) + 8 * j);
    for (long segment = 0; segment < segments; segment++, a += a_segment)
        for (long k = 0; k < inner; k++, b += CKERNELS_LANES) {
            V b0 = LOAD(b), b1 = LOAD(b + 8);
            for (int i = 0; i < rows; i++) {
                float w = a[i * a_row + k];
                V v = {w, w, w, w, w, w, w, w};
                s[i][0] += v * b0;
                s[i][1] += v * b1;
            }
        }
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < 2; j++) STORE(c + i * c_row + 8 * j, s[i][j]);
}

static void NAME(product)(long rows, long panels, long segments, long inner, const float *a, long a_row, long a_segment, const float *b,
                          const float *initial, float *c, long c_row) {
    for (long from = 0; from < inner; from += CKERNELS_PANEL_DEPTH) {
        long depth = segments > 1 || inner - from < CKERNELS_PANEL_DEPTH ? inner - from : CKERNELS_PANEL_DEPTH;
        for (long panel = 0; panel < panels; panel++, b += segments * depth * CKERNELS_LANES) {
            const float *first = from == 0 && initial ? initial + CKERNELS_LANES * panel : 0;
            const float *line = a + from;
            float *sums = c + CKERNELS_LANES * panel;
            long left = rows;
            for (; left >= ROWS; left -= ROWS, line += ROWS * a_row, sums += ROWS * c_row)
                NAME(block)(ROWS, segments, depth, line, a_row, a_segment, b, first, sums, c_row);
            if (ROWS > 5 && left == 5) NAME(block)(ROWS > 5 ? 5 : 1, segments, depth, line, a_row, a_segment, b, first, sums, c_row);
            if (ROWS > 4 && left == 4) NAME(block)(ROWS > 4 ? 4 : 1, segments, depth, line, a_row, a_segment, b, first, sums, c_row);
            if (ROWS > 3 && left == 3) NAME(block)(ROWS > 3 ? 3 : 1, segments, depth, line, a_row, a_segment, b, first, sums, c_row);
            if (ROWS > 2 && left == 2) NAME(block)(ROWS > 2 ? 2 : 1, segments, depth, line, a_row, a_segment, b, first, sums, c_row);
            if (left == 1) NAME(block)(1, segments, depth, line, a_row, a_segment, b, first, sums, c_row);
        }
        if (segments > 1) break;
    }
}

static void NAME(transform_patch)(const float *const *pixels, long channels, float *v, long step) {
    for (long c = 0; c < channels; c += 8) {
        V t[4][4];
        for (int r = 0; r < 4; r++) {
            V d0 = LOAD(pixels[4 * r] + c), d1 = LOAD(pixels[4 * r + 1] + c), d2 = LOAD(pixels[4 * r + 2] + c), d3 = LOAD(pixels[4 * r + 3] + c);
            t[r][0] = d0 - d2, t[r][1] = d1 + d2, t[r][2] = d2 - d1, t[r][3] = d3 - d1;
        }
        for (int q = 0; q < 4; q++) {
            float *to = v + q * step + c;
            STORE(to, t[0][q] - t[2][q]);
            STORE(to + 4 * step, t[1][q] + t[2][q]);
            STORE(to + 8 * step, t[2][q] - t[1][q]);
            STORE(to + 12 * step, t[3][q] - t[1][q]);
        }
    }
}

static void NAME(transform_phases)(const float *const *pixels, long channels, float *v, const int32_t *places) {
    for (long c = 0; c < channels; c += 8) {
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

static void NAME(results)(const float *m, long step, long channels, const float *bias, float *y) {
    for (long c = 0; c < channels; c += 8) {
        V t[2][4], b = LOAD(bias + c);
        for (int q = 0; q < 4; q++) {
            const float *from = m + q * step + c;
            V m0 = LOAD(from), m1 = LOAD(from + 4 * step), m2 = LOAD(from + 8 * step), m3 = LOAD(from + 12 * step);
            t[0][q] = m0 + m1 + m2, t[1][q] = m1 - m2 + m3;
        }
        for (int i = 0; i < 2; i++) {
            STORE(y + 2 * i * channels + c, t[i][0] + t[i][1] + t[i][2] + b);
            STORE(y + (2 * i + 1) * channels + c, t[i][1] - t[i][2] + t[i][3] + b);
        }
    }
}

static void NAME(results_of_phases)(const float *m, const int32_t *places, long channels, const float *bias, float *y) {
    for (long c = 0; c < channels; c += 8) {
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

static void NAME(normalise)(long rows, long panels, const float *gamma, const float *beta, int inverse, float *x, float *scratch) {
    long channels = CKERNELS_LANES * panels;
    float *norms = scratch + CKERNELS_NORM_ROWS * channels;
    for (long row = 0; row < rows; row += CKERNELS_NORM_ROWS, x += CKERNELS_NORM_ROWS * channels) {
        long some = rows - row < CKERNELS_NORM_ROWS ? rows - row : CKERNELS_NORM_ROWS;
        for (long i = 0; i < some * channels; i += 8) {
            V v = LOAD(x + i);
            STORE(scratch + i, v * v);
        }
        NAME(product)(some, panels, 1, channels, scratch, channels, 0, gamma, beta, norms, channels);
        if (inverse)
            for (long i = 0; i < some * channels; i += 8) STORE(x + i, LOAD(x + i) * __builtin_elementwise_sqrt(LOAD(norms + i)));
        else
            for (long i = 0; i < some * channels; i += 8) STORE(x + i, LOAD(x + i) / __builtin_elementwise_sqrt(LOAD(norms + i)));
    }
}

static void NAME(gather_columns)(long pixels, long count, const float *const *p, const float *bias, float *line) {
    // Kernel column 4 reaches the first of the two pixels only; beyond it lies what belongs to the next.
    const NAME(words) first = {-1, -1, -1, 0, 0, 0, 0, 0};
    V b = LOAD(bias);
    for (long x = 0; x < pixels; x++) {
        V sum = b;
        for (long r = 0; r < count; r++) {
            const float *from = p[r] + CKERNELS_LANES * x;
            V last = (V)((NAME(words))LOAD(from - CKERNELS_LANES + 12) & first);
            sum = sum + last + LOAD(from + 6) + LOAD(from + CKERNELS_LANES);
        }
        STORE(line + 6 * x, sum);
    }
}

// PIXELS sums of 16 channels stay in registers while the taps go by: 4 × 2 of 16 registers, or all that are left.
static inline __attribute__((always_inline)) void NAME(depthwise_block)(const int pixels, long taps, const float *const *x, long step,
                                                                       const float *const *weights, V b0, V b1, V least, V most, long c, float *y,
                                                                       long y_step) {
    V s[DEPTHWISE_PIXELS][2];
    for (int i = 0; i < pixels; i++) s[i][0] = b0, s[i][1] = b1;
    for (long tap = 0; tap < taps; tap++) {
        const float *from = x[tap] + c;
        V w0 = LOAD(weights[tap] + c), w1 = LOAD(weights[tap] + c + 8);
        for (int i = 0; i < pixels; i++) {
            s[i][0] += LOAD(from + i * step) * w0;
            s[i][1] += LOAD(from + i * step + 8) * w1;
        }
    }
    for (int i = 0; i < pixels; i++)
        for (int j = 0; j < 2; j++)
            STORE(y + i * y_step + c + 8 * j, __builtin_elementwise_min(__builtin_elementwise_max(s[i][j], least), most));
}

static void NAME(depthwise)(long pixels, long channels, long taps, const float *const *x, long step, const float *const *weights, const float *bias,
                            float lower, float upper, float *y, long y_step) {
    V least = {lower, lower, lower, lower, lower, lower, lower, lower}, most = {upper, upper, upper, upper, upper, upper, upper, upper};
    for (long c = 0; c < channels; c += CKERNELS_LANES) {
        V b0 = LOAD(bias + c), b1 = LOAD(bias + c + 8);
        const float *shifted[CKERNELS_DEPTHWISE_TAPS];
        for (long tap = 0; tap < taps; tap++) shifted[tap] = x[tap];
        float *to = y;
        long left = pixels;
        for (; left >= DEPTHWISE_PIXELS; left -= DEPTHWISE_PIXELS, to += DEPTHWISE_PIXELS * y_step) {
            NAME(depthwise_block)(DEPTHWISE_PIXELS, taps, shifted, step, weights, b0, b1, least, most, c, to, y_step);
            for (long tap = 0; tap < taps; tap++) shifted[tap] += DEPTHWISE_PIXELS * step;
        }
        for (; left > 0; left--, to += y_step) {
            NAME(depthwise_block)(1, taps, shifted, step, weights, b0, b1, least, most, c, to, y_step);
            for (long tap = 0; tap < taps; tap++) shifted[tap] += step;
        }
    }
}

#define ALL(a) {a, a, a, a, a, a, a, a}
static void NAME(gelu)(long count, float *x) {
    const V one = ALL(1), half = ALL(0.5f), most = ALL(5.2f);
    const V p0 = ALL(0.797884431f), p1 = ALL(0.0653005668f), p2 = ALL(0.00859668414f), p3 = ALL(0.00027586658f),
            p4 = ALL(5.90799932e-06f), p5 = ALL(-4.57550504e-08f), p6 = ALL(2.53594265e-10f);
    const V q1 = ALL(0.248507671f), q2 = ALL(0.0271945096f), q3 = ALL(0.00163964686f), q4 = ALL(5.21075123e-05f);
    for (long i = 0; i < count; i += 8) {
        V v = LOAD(x + i), t = __builtin_elementwise_max(-most, __builtin_elementwise_min(most, v)), u = t * t;
        V p = t * ((((((p6 * u + p5) * u + p4) * u + p3) * u + p2) * u + p1) * u + p0);
        V q = (((q4 * u + q3) * u + q2) * u + q1) * u + one;
        V e = __builtin_elementwise_max(-one, __builtin_elementwise_min(one, p / q));
        STORE(x + i, half * v * (one + e));
    }
}
#undef ALL

#undef LOAD
#undef STORE
#undef V
#undef DEPTHWISE_PIXELS
