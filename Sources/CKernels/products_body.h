// Products: the part of kernels_body.h whose registers hold ROWS by PANELS of 16 columns of sums.

INLINE void NAME(block)(const int rows, const int panels, long segments, long inner, const float *a, long a_row,
                        long a_segment, const float *b, long b_panel, const float *initial, const float *addend,
                        long addend_row, const float *bounds, float *c, long c_row) {
    V s[ROWS][PANELS * PER];
    UNROLLED (int i = 0; i < rows; i++)
        UNROLLED (int j = 0; j < panels * PER; j++) s[i][j] = LOAD((initial ? initial : c + i * c_row) + WIDTH * j);
    if (addend)
        UNROLLED (int i = 0; i < rows; i++)
            UNROLLED (int j = 0; j < panels * PER; j++) s[i][j] += LOAD(addend + i * addend_row + WIDTH * j);
    for (long segment = 0; segment < segments; segment++, a += a_segment)
        for (long k = 0; k < inner; k++, b += CKERNELS_LANES) {
            V v[PANELS * PER];
            UNROLLED (int j = 0; j < panels * PER; j++) v[j] = LOAD(b + j / PER * b_panel + j % PER * WIDTH);
            // The panels that follow: a weight that is read once comes from far away.
            UNROLLED (int j = 0; j < panels; j++) __builtin_prefetch(b + (panels + j) * b_panel, 0, 1);
            UNROLLED (int i = 0; i < rows; i++) {
                V w = ALL(a[i * a_row + k]);
                UNROLLED (int j = 0; j < panels * PER; j++) s[i][j] += w * v[j];
            }
        }
    if (bounds)
        UNROLLED (int i = 0; i < rows; i++)
            UNROLLED (int j = 0; j < panels * PER; j++)
                s[i][j] = __builtin_elementwise_min(__builtin_elementwise_max(s[i][j], ALL(bounds[0])), ALL(bounds[1]));
    UNROLLED (int i = 0; i < rows; i++)
        UNROLLED (int j = 0; j < panels * PER; j++) STORE(c + i * c_row + WIDTH * j, s[i][j]);
}

// All rows of some panels, in blocks as equal as can be.
INLINE void NAME(columns)(const int panels, long rows, long segments, long inner, const float *a, long a_row,
                          long a_segment, const float *b, long b_panel, const float *initial, const float *addend,
                          long addend_row, const float *bounds, float *c, long c_row) {
    for (long blocks = (rows + ROWS - 1) / ROWS; blocks > 0; blocks--) {
        long some = (rows + blocks - 1) / blocks;
        switch (some) {
#define CASE(n) \
    case n: \
        if (n <= ROWS) \
            NAME(block)(n <= ROWS ? n : 1, panels, segments, inner, a, a_row, a_segment, b, b_panel, initial, addend, \
                        addend_row, bounds, c, c_row); \
        break;
            CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
#undef CASE
        }
        rows -= some, a += some * a_row, c += some * c_row, addend = addend ? addend + some * addend_row : 0;
    }
}

static void NAME(product)(long rows, long panels, long segments, long inner, const float *a, long a_row, long a_segment,
                          const float *b, const float *initial, const float *addend, long addend_row,
                          const float *bounds, float *c, long c_row) {
    for (long from = 0; from < inner; from += CKERNELS_PANEL_DEPTH) {
        long depth = segments > 1 || inner - from < CKERNELS_PANEL_DEPTH ? inner - from : CKERNELS_PANEL_DEPTH;
        long size = segments * depth * CKERNELS_LANES;
        const float *last = from + depth < inner ? 0 : bounds;
        for (long panel = 0; panel < panels;) {
            const float *first = from == 0 && initial ? initial + CKERNELS_LANES * panel : 0;
            const float *other = from == 0 && addend ? addend + CKERNELS_LANES * panel : 0;
            float *sums = c + CKERNELS_LANES * panel;
            int some = PANELS > 1 && panels - panel > 1 ? PANELS : 1;
            if (some > 1)
                NAME(columns)(PANELS, rows, segments, depth, a + from, a_row, a_segment, b, size, first, other,
                              addend_row, last, sums, c_row);
            else
                NAME(columns)(1, rows, segments, depth, a + from, a_row, a_segment, b, size, first, other, addend_row,
                              last, sums, c_row);
            panel += some, b += some * size;
        }
        if (segments > 1) break;
    }
}

// `a` is in groups of CKERNELS_ROWS rows, `panel` holds `panels` times 16 columns.
INLINE void NAME(tile_block)(const int rows, const int panels, long depth, const float *a, const float *panel, float *c,
                             long leading) {
    V s[ROWS][PANELS * PER];
    memset(s, 0, sizeof s);
    for (long k = 0; k < depth; k++, panel += panels * CKERNELS_COLUMNS) {
        V v[PANELS * PER];
        UNROLLED (int j = 0; j < panels * PER; j++) v[j] = LOAD(panel + WIDTH * j);
        UNROLLED (int i = 0; i < rows; i++) {
            V w = ALL(a[i / CKERNELS_ROWS * CKERNELS_ROWS * depth + i % CKERNELS_ROWS + CKERNELS_ROWS * k]);
            UNROLLED (int j = 0; j < panels * PER; j++) s[i][j] += w * v[j];
        }
    }
    UNROLLED (int i = 0; i < rows; i++)
        UNROLLED (int j = 0; j < panels * PER; j++) {
            float *to = c + i * leading + WIDTH * j;
            STORE(to, LOAD(to) + s[i][j]);
        }
}

INLINE void NAME(tile_columns)(const int panels, long rows, long depth, const float *a, const float *tile,
                               const int32_t *offsets, float *c, long leading, float *panel) {
    for (long k = 0; k < depth; k++)
        memcpy(panel + k * panels * CKERNELS_COLUMNS, tile + offsets[k], panels * CKERNELS_COLUMNS * sizeof(float));
    for (long row = 0; row < rows;) {
        const float *weights = a + row / CKERNELS_ROWS * CKERNELS_ROWS * depth + row % CKERNELS_ROWS;
        if (ROWS > CKERNELS_ROWS && rows - row < ROWS) {
            const int group = CKERNELS_ROWS < ROWS ? CKERNELS_ROWS : ROWS;
            NAME(tile_block)(group, panels, depth, weights, panel, c + row * leading, leading);
            row += CKERNELS_ROWS;
        } else {
            NAME(tile_block)(ROWS, panels, depth, weights, panel, c + row * leading, leading);
            row += ROWS;
        }
    }
}

static void NAME(tile_product)(long rows, long columns, long inner, const float *a, const float *tile,
                               const int32_t *offsets, float *c, long leading, float *panel) {
    for (long from = 0; from < inner; from += CKERNELS_DEPTH) {
        long depth = inner - from < CKERNELS_DEPTH ? inner - from : CKERNELS_DEPTH;
        for (long column = 0; column < columns;) {
            const float *weights = a + from * rows;
            if (PANELS > 1 && columns - column > CKERNELS_COLUMNS) {
                NAME(tile_columns)(PANELS, rows, depth, weights, tile + column, offsets + from, c + column, leading,
                                   panel);
                column += PANELS * CKERNELS_COLUMNS;
            } else {
                NAME(tile_columns)(1, rows, depth, weights, tile + column, offsets + from, c + column, leading, panel);
                column += CKERNELS_COLUMNS;
            }
        }
    }
}
