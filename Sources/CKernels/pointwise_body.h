// Functions of single numbers, their sums and moments: the part of kernels_body.h that layers call on whole rows.

// x/2 (1 + erf(x/sqrt 2)): the error function is a quotient of polynomials, fitted over |x| < 5.2 to 2e-8.
INLINE V NAME(gelu_of)(V v) {
    const V one = ALL(1), most = ALL(5.2f);
    V t = __builtin_elementwise_max(-most, __builtin_elementwise_min(most, v)), u = t * t;
    V p = ALL(2.53594265e-10f) * u + ALL(-4.57550504e-08f);
    p = ((p * u + ALL(5.90799932e-06f)) * u + ALL(0.00027586658f)) * u + ALL(0.00859668414f);
    p = ((p * u + ALL(0.0653005668f)) * u + ALL(0.797884431f)) * t;
    V q = (ALL(5.21075123e-05f) * u + ALL(0.00163964686f)) * u + ALL(0.0271945096f);
    q = (q * u + ALL(0.248507671f)) * u + one;
    return ALL(0.5f) * v * (one + __builtin_elementwise_max(-one, __builtin_elementwise_min(one, p / q)));
}

// Relative error below 3e-7; arguments below -87 give almost zero, above 88 they saturate.
INLINE V NAME(exp_of)(V x) {
    V clamped = __builtin_elementwise_min(ALL(88), __builtin_elementwise_max(ALL(-87), x));
    // Adding 1.5 * 2^23 rounds to a whole number and leaves that number in the low bits.
    V shifted = clamped * ALL(1.44269504f) + ALL(12582912);
    V n = shifted - ALL(12582912), r = (clamped - n * ALL(0.693359375f)) + n * ALL(2.12194440e-4f);
    V p = ALL(1.98756915e-4f) * r + ALL(1.39819995e-3f);
    p = (((p * r + ALL(8.3334519e-3f)) * r + ALL(4.1665796e-2f)) * r + ALL(1.66666655e-1f)) * r + ALL(5.0000001e-1f);
    p = p * (r * r) + r + ALL(1);
    p = (V)((NAME(words))p + ((NAME(words))shifted << 23));
    return x == x ? p : x;  // what is not a number stays none, which the clamp hides
}

INLINE void NAME(activation)(const int function, long count, float gain, float offset, const float *x, float *y) {
    for (long i = 0; i < count; i += WIDTH) {
        float rest[WIDTH] = {0};
        long left = count - i;
        if (left < WIDTH) memcpy(rest, x + i, left * sizeof(float));
        V v = LOAD(left < WIDTH ? rest : x + i) * ALL(gain) + ALL(offset);
        if (function == CKERNELS_SILU) v = v / (ALL(1) + NAME(exp_of)(-v));
        if (function == CKERNELS_GELU) v = NAME(gelu_of)(v);
        if (function == CKERNELS_QUICK_GELU) v = v / (ALL(1) + NAME(exp_of)(ALL(-1.702f) * v));
        if (function == CKERNELS_TANH_GELU)  // (1 + tanh u)/2 = 1/(1 + exp(-2u))
            v = v / (ALL(1) + NAME(exp_of)(ALL(-1.59576912f) * (v + ALL(0.044715f) * v * v * v)));
        if (function == CKERNELS_RELU) v = __builtin_elementwise_max(v, ALL(0));
        if (left < WIDTH) memcpy(y + i, &v, left * sizeof(float));
        else STORE(y + i, v);
    }
}

static void NAME(activate)(int function, long count, float gain, float offset, const float *x, float *y) {
    switch (function) {
    case CKERNELS_SILU: NAME(activation)(CKERNELS_SILU, count, gain, offset, x, y); break;
    case CKERNELS_GELU: NAME(activation)(CKERNELS_GELU, count, gain, offset, x, y); break;
    case CKERNELS_QUICK_GELU: NAME(activation)(CKERNELS_QUICK_GELU, count, gain, offset, x, y); break;
    case CKERNELS_TANH_GELU: NAME(activation)(CKERNELS_TANH_GELU, count, gain, offset, x, y); break;
    case CKERNELS_RELU: NAME(activation)(CKERNELS_RELU, count, gain, offset, x, y); break;
    default: NAME(activation)(CKERNELS_IDENTITY, count, gain, offset, x, y);
    }
}

static void NAME(clamp)(long rows, long columns, float lower, float upper, float *x, long row) {
    V least = ALL(lower), most = ALL(upper);
    for (long i = 0; i < rows; i++, x += row)
        for (long j = 0; j < columns; j += WIDTH)
            STORE(x + j, __builtin_elementwise_min(__builtin_elementwise_max(LOAD(x + j), least), most));
}

static float NAME(exponentials)(long count, float scale, float *x) {
    V most = ALL(-__builtin_inff()), sums = ALL(0);
    long whole = count / WIDTH * WIDTH;
    for (long i = 0; i < whole; i += WIDTH) most = __builtin_elementwise_max(most, LOAD(x + i));
    float largest = most[0], sum = 0;
    for (int i = 1; i < WIDTH; i++) largest = most[i] > largest ? most[i] : largest;
    for (long i = whole; i < count; i++) largest = x[i] > largest ? x[i] : largest;
    for (long i = 0; i < whole; i += WIDTH) {
        V e = NAME(exp_of)((LOAD(x + i) - ALL(largest)) * ALL(scale));
        STORE(x + i, e);
        sums += e;
    }
    for (int i = 0; i < WIDTH; i++) sum += sums[i];
    for (long i = whole; i < count; i++) sum += x[i] = NAME(exp_of)(ALL((x[i] - largest) * scale))[0];
    return sum;
}

// The sum of (x - centre), or of its square: blocks in single precision, their sum in double.
INLINE double NAME(total)(const int squared, long count, const float *x, float centre) {
    double sum = 0;
    for (long from = 0; from < count; from += 4096) {
        long end = count - from < 4096 ? count : from + 4096, i = from;
        V s[4] = {ALL(0), ALL(0), ALL(0), ALL(0)};
        for (; i + 4 * WIDTH <= end; i += 4 * WIDTH)
            UNROLLED (int j = 0; j < 4; j++) {
                V v = LOAD(x + i + j * WIDTH) - ALL(centre);
                s[j] += squared ? v * v : v;
            }
        for (; i < end; i++) sum += squared ? (x[i] - centre) * (x[i] - centre) : x[i] - centre;
        V both = (s[0] + s[1]) + (s[2] + s[3]);
        float block = 0;
        for (int j = 0; j < WIDTH; j++) block += both[j];
        sum += block;
    }
    return sum;
}

static void NAME(moments)(long count, const float *x, float *mean, float *variance) {
    *mean = NAME(total)(0, count, x, 0) / count;
    *variance = NAME(total)(1, count, x, *mean) / count;
}
