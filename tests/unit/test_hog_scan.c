/*
 * The scores of HOG windows, from a filter made up here, against the definition worked out pixel by
 * pixel in double precision.
 */
#include "base/memory.h"
#include "hog_made_up.h"

static const float directions[9][2] = {
    {1.0000f, 0.0000f},  {0.9397f, 0.3420f},  {0.7660f, 0.6428f},
    {0.500f, 0.8660f},   {0.1736f, 0.9848f},  {-0.1736f, 0.9848f},
    {-0.5000f, 0.8660f}, {-0.7660f, 0.6428f}, {-0.9397f, 0.3420f}};

static double histograms[20][20][18], cell_energy[20][20], cell_features[20][20][HOG_PLANES];

static void add_pixel(int y, int x, bool last_wins)
{
    int gx = 0, gy = 0, best = -1, bin = 0;
    float most = 0;
    for (size_t c = 0; c < 3; c++) {
        int dx = picture.rgb[y][x + 1][c] - picture.rgb[y][x - 1][c];
        int dy = picture.rgb[y + 1][x][c] - picture.rgb[y - 1][x][c];
        int square = dx * dx + dy * dy;
        if (square > best || (last_wins && square == best)) {
            best = square;
            gx = dx;
            gy = dy;
        }
    }
    for (int o = 0; o < 9; o++) {
        float dot = directions[o][0] * (float)gx + directions[o][1] * (float)gy;
        if (fabsf(dot) > most) {
            most = fabsf(dot);
            bin = dot > 0 ? o : o + 9;
        }
    }
    double down = (y + 0.5) / HOG_CELL - 0.5, across = (x + 0.5) / HOG_CELL - 0.5;
    int row = (int)floor(down), column = (int)floor(across);
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 2; k++)
            histograms[row + i + 1][column + k + 1][bin] +=
                sqrt(best) * (i ? down - row : 1 - down + row) *
                (k ? across - column : 1 - across + column);
}

static void define_features(int rows, int columns)
{
    int cells_y = rows + 2, cells_x = columns + 2;
    int end_y = cells_y * HOG_CELL < (int)picture.height ? cells_y * HOG_CELL : (int)picture.height;
    int end_x = cells_x * HOG_CELL < (int)picture.width ? cells_x * HOG_CELL : (int)picture.width;
    memset(histograms, 0, sizeof histograms);
    for (int y = 1; y < end_y - 1; y++)
        for (int x = 1; x < end_x - 1; x++)
            add_pixel(y, x, x < 1 + (end_x - 2) / 8 * 8);
    for (int y = 0; y < cells_y; y++)
        for (int x = 0; x < cells_x; x++) {
            cell_energy[y][x] = 0;
            for (int o = 0; o < 9; o++)
                cell_energy[y][x] +=
                    pow(histograms[y + 1][x + 1][o] + histograms[y + 1][x + 1][o + 9], 2);
        }
    memset(cell_features, 0, sizeof cell_features);
    for (int y = 0; y < rows; y++)
        for (int x = 0; x < columns; x++) {
            const double *bins = histograms[y + 2][x + 2];
            double *out = cell_features[y][x];
            for (int k = 0; k < 4; k++) {
                int top = y + !(k & 1), left = x + (k < 2);
                double energy = cell_energy[top][left] + cell_energy[top][left + 1] +
                                cell_energy[top + 1][left] + cell_energy[top + 1][left + 1];
                double limit = 0.2 * sqrt(energy + 0.0001);
                for (int o = 0; o < 27; o++) {
                    double value = o < 18 ? bins[o] : bins[o - 18] + bins[o - 9];
                    double part = fmin(value, limit) * 0.1 / limit;
                    out[o] += part;
                    out[27 + k] += o < 18 ? 2 * 0.2357 * part : 0;
                }
            }
        }
}

static double define_score(int rows, int columns, int y, int x, size_t detector)
{
    double sum = 0;
    for (int m = 0; m < HOG_SIDE; m++)
        for (int n = 0; n < HOG_SIDE; n++) {
            int row = y - 4 + m, column = x - 4 + n;
            if (row < 0 || row >= rows || column < 0 || column >= columns)
                continue;
            for (size_t p = 0; p < PRODUCTS; p++)
                if (detectors[p] == detector)
                    sum += (double)factors[p][1][m] * (double)factors[p][0][n] *
                           cell_features[row][column][planes[p]];
        }
    return sum - (double)thresholds[detector];
}

static const struct hog_hit *find_hit(const struct hog_hits *hits, uint32_t y, uint32_t x,
                                      size_t detector)
{
    for (size_t i = 0; i < hits->count; i++)
        if (hits->items[i].y == y && hits->items[i].x == x && hits->items[i].detector == detector)
            return &hits->items[i];
    return NULL;
}

/* The hits of level 0 in so many bands, all windows being hits. */
static struct hog_hits scan(const struct hog *hog, const struct hog_level *level, uint32_t bands)
{
    struct hog_hits hits = {0};
    vultus_error error = {0};
    uint32_t rows = hog_rows(level->height);
    float *room = mem_aligned(hog_room(hog, level->width), sizeof *room);
    assert_non_null(room);
    for (uint32_t i = 0; i < bands; i++) {
        struct hog_band band = {level, 0, rows * i / bands, rows * (i + 1) / bands, -1e9f};
        assert_ok(hog_scan(hog, &band, room, &hits, &error), &error);
    }
    mem_free(room);
    return hits;
}

static void check_hits(const struct hog_hits *hits, uint32_t rows, uint32_t columns)
{
    assert_int_equal(hits->count, 2 * rows * columns);
    define_features((int)rows, (int)columns);
    for (uint32_t y = 0; y < rows; y++)
        for (uint32_t x = 0; x < columns; x++)
            for (size_t d = 0; d < 2; d++) {
                const struct hog_hit *hit = find_hit(hits, y, x, d);
                double expected = define_score((int)rows, (int)columns, (int)y, (int)x, d);
                assert_non_null(hit);
                if (!(fabs((double)hit->score - expected) < 1e-3))
                    fail_msg("%u x %u: score %zu at %u, %u is %g, by definition %g", picture.width,
                             picture.height, d, x, y, (double)hit->score, expected);
            }
}

static void scores_are_those_of_the_definition(void **unused)
{
    static const uint32_t sizes[][2] = {{20, 20}, {19, 61},  {24, 24},   {27, 30},  {61, 23},
                                        {64, 64}, {75, 100}, {128, 128}, {125, 83}, {100, 126}};
    struct weights *weights;
    void *detector;
    vultus_error error = {0};
    (void)unused;
    assert_ok(open_detector(&weights, &detector, &error), &error);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (uint32_t bands = 1; bands <= 3; bands++) {
            fill_picture(sizes[i][0], sizes[i][1], false);
            struct hog_level level = level_of_picture();
            struct hog_hits hits = scan(detector, &level, bands);
            check_hits(&hits, hog_rows(sizes[i][1]), hog_rows(sizes[i][0]));
            hog_hits_clear(&hits);
        }
    detect_hog.close(detector);
    weights_close(weights);
}

static void tiny_pictures_have_no_windows(void **unused)
{
    (void)unused;
    assert_int_equal(hog_rows(1), 0);
    assert_int_equal(hog_rows(19), 0);
    assert_int_equal(hog_rows(20), 1);
    assert_int_equal(hog_rows(28), 2);
    assert_int_equal(hog_level_count(1, 1), 1);
    assert_int_equal(hog_level_count(640, 480), 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_are_those_of_the_definition),
        cmocka_unit_test(tiny_pictures_have_no_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
