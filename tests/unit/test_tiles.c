/*
 * Views of a picture: what they cover, and what comes back from them. The network gives its input
 * out again, and reading finds the white square in it, so a shift of one pixel shows.
 */
#include "base/memory.h"
#include "face/tiles.h"
#include "image/image.h"
#include "network.h"
#include "support.h"

#include <math.h>

static const vultus_detect_options defaults;

static vultus_status read_nothing(const void *context, const struct tiles_view *view,
                                  const struct session_result *result, struct candidates *out,
                                  vultus_error *error)
{
    (void)context, (void)view, (void)result, (void)out, (void)error;
    return VULTUS_OK;
}

static const struct tiles fixed = {.width = 128,
                                   .height = 128,
                                   .centred = true,
                                   .face_low = 20,
                                   .face_high = 120,
                                   .read = read_nothing};
static const struct tiles free_size = {.multiple = 32,
                                       .face_low = 12,
                                       .face_high = 400,
                                       .pixels_max = 640 * 640,
                                       .read = read_nothing};

static const struct tiles narrow = {
    .width = 192, .height = 192, .face_low = 12, .face_high = 64, .read = read_nothing};

static size_t plan(const struct tiles *tiles, uint32_t width, uint32_t height, float min_face,
                   struct tiles_view **views)
{
    struct detect_call call = {.width = width, .height = height, .options = &defaults};
    struct tiles_search search = {.tiles = tiles, .call = &call, .min_face = min_face};
    vultus_error error = {0};
    size_t count = 0;
    assert_ok(tiles_plan(&search, views, &count, &error), &error);
    return count;
}

static bool sees(const struct tiles *tiles, const struct tiles_view *view, vultus_box face)
{
    float side = face.width * view->scale, edge = 0.05f * face.width;
    const vultus_box *region = &view->region;
    return side >= tiles->face_low * 0.99f && side <= tiles->face_high * 1.01f &&
           face.x - region->x >= (view->inner_left ? edge : -1) &&
           face.y - region->y >= (view->inner_top ? edge : -1) &&
           region->x + region->width - face.x - face.width >= (view->inner_right ? edge : -1) &&
           region->y + region->height - face.y - face.height >= (view->inner_bottom ? edge : -1);
}

/* Every face between the smallest and the picture's shorter side is whole in a view that shows it
 * at a size that the network knows, wherever it lies. */
static void every_face_is_seen(void **state)
{
    static const struct {
        uint32_t width, height;
        float min_face;
    } cases[] = {{640, 480, 20},  {480, 640, 12},   {128, 128, 30},  {92, 112, 20},
                 {2000, 300, 15}, {4000, 3000, 60}, {1280, 720, 12}, {65500, 40, 20}};
    const struct tiles *kinds[] = {&fixed, &free_size, &narrow};
    (void)state;
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            struct tiles_view *views = NULL;
            float width = (float)cases[i].width, height = (float)cases[i].height;
            float largest = fminf(width, height) * 0.9f;
            size_t count =
                plan(kinds[k], cases[i].width, cases[i].height, cases[i].min_face, &views);
            for (float side = cases[i].min_face; side < largest; side *= 1.3f)
                for (int at = 0; at < 400; at++) {
                    vultus_box face = {(width - side) * (float)(at % 20) / 19,
                                       (height - side) * (float)(at / 20) / 19, side, side};
                    size_t v = 0;
                    while (v < count && !sees(kinds[k], &views[v], face))
                        v++;
                    if (v == count)
                        fail_msg("kind %zu, %g x %g: nobody sees %g pixels at %g, %g", k,
                                 (double)width, (double)height, (double)side, (double)face.x,
                                 (double)face.y);
                }
            mem_free(views);
        }
}

static void a_picture_that_fits_is_one_view(void **state)
{
    struct tiles_view *views = NULL;
    (void)state;
    assert_int_equal(plan(&fixed, 256, 128, 40, &views), 1); /* letterboxed */
    assert_float_equal(views[0].scale, 0.5f, 0);
    assert_float_equal(views[0].region.x, 0, 0);
    assert_float_equal(views[0].region.y, -64, 0);
    assert_float_equal(views[0].region.height, 256, 0);
    assert_false(views[0].inner_left || views[0].inner_top || views[0].inner_right ||
                 views[0].inner_bottom);
    mem_free(views);

    struct tiles corner = fixed;
    corner.centred = false;
    assert_int_equal(plan(&corner, 256, 128, 40, &views), 1);
    assert_float_equal(views[0].region.y, 0, 0);
    mem_free(views);

    /* a network that sees no large faces looks at the picture made small, too, unless it need not */
    assert_int_equal(plan(&narrow, 192, 384, 30, &views), 2);
    assert_float_equal(views[0].scale, 64.0f / 192, 1e-6f);
    assert_float_equal(views[1].scale, 0.5f, 0);
    mem_free(views);
    assert_int_equal(plan(&narrow, 192, 384, 1000, &views), 1);
    assert_float_equal(views[0].scale, 0.5f, 0);
    mem_free(views);

    /* free sizes: pixel by pixel where the smallest face is the network's, sides rounded up */
    assert_int_equal(plan(&free_size, 500, 333, 12, &views), 1);
    assert_float_equal(views[0].scale, 1, 0);
    assert_int_equal(views[0].width, 512);
    assert_int_equal(views[0].height, 352);
    assert_float_equal(views[0].region.width, 512, 0);
    mem_free(views);

    /* black beside the shorter side, up to a square */
    struct tiles bordered = free_size;
    bordered.border = 96;
    assert_int_equal(plan(&bordered, 250, 500, 12, &views), 1);
    assert_int_equal(views[0].width, 352);
    assert_int_equal(views[0].height, 512);
    mem_free(views);
    assert_int_equal(plan(&bordered, 390, 380, 12, &views), 1);
    assert_int_equal(views[0].width, 416);
    assert_int_equal(views[0].height, 416);
    mem_free(views);
}

static void inputs_are_as_the_network_wants(void **state)
{
    struct tiles_view *views = NULL;
    (void)state;
    size_t count = plan(&free_size, 4000, 3000, 12, &views);
    assert_true(count > 30);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(views[i].width % 32, 0);
        assert_int_equal(views[i].height % 32, 0);
        assert_true((size_t)views[i].width * views[i].height <= 704 * 704);
        assert_true(i == 0 || views[i].scale >= views[i - 1].scale);
        assert_float_equal(views[i].region.width * views[i].scale, (float)views[i].width, 0.01f);
    }
    mem_free(views);
    count = plan(&fixed, 4000, 3000, 0, &views); /* no finer than TILES_SCALE_MAX */
    assert_float_equal(views[count - 1].scale, TILES_SCALE_MAX, 0);
    mem_free(views);

    struct detect_call call = {.width = 640, .height = 480, .options = &defaults};
    struct tiles_search search = {.tiles = &fixed, .call = &call, .min_face = 20};
    vultus_error error = {0};
    mem_fail_after(1, false);
    assert_error(VULTUS_ERR_MEMORY, tiles_plan(&search, &views, &count, &error), &error,
                 "detection");
    mem_fail_after(0, false);
}

/* ------------------------------------------------------------------ runs */

struct looking {
    bool nhwc, fail;
};

/* The bounds of what is white; its score is the share of white in them. */
static vultus_status read_square(const void *context, const struct tiles_view *view,
                                 const struct session_result *result, struct candidates *out,
                                 vultus_error *error)
{
    const struct looking *looking = context;
    uint32_t left = view->width, top = view->height, right = 0, bottom = 0;
    if (looking->fail)
        return status_set(error, VULTUS_ERR_MODEL, "nothing to read");
    assert_int_equal(result->count, 1);
    assert_int_equal(result->shapes[0].sizes[looking->nhwc ? 3 : 1], 3);
    for (uint32_t y = 0; y < view->height; y++)
        for (uint32_t x = 0; x < view->width; x++) {
            size_t at = (size_t)y * view->width + x;
            if (result->data[0][looking->nhwc ? 3 * at : at] < 0)
                continue;
            left = x < left ? x : left;
            top = y < top ? y : top;
            right = x + 1;
            bottom = y + 1;
        }
    if (bottom == 0)
        return VULTUS_OK;
    struct candidate c = {(float)left, (float)top, (float)right, (float)bottom, .score = 0.5f};
    c.landmarks[VULTUS_NOSE] = (vultus_point){(c.x1 + c.x2) / 2, (c.y1 + c.y2) / 2};
    return candidates_add(out, &c, error);
}

struct scene {
    struct session_runtime *runtime;
    struct tiles tiles;
    vultus_image *image;
    const struct mips *mips;
};

static void scene_open(struct scene *scene, const struct tiles *tiles, bool nhwc)
{
    struct network_tensor input = {"in", {4, {1, 3, -1, -1}}, NULL};
    vultus_error error = {0};
    if (nhwc)
        input.shape = (struct session_shape){4, {1, -1, -1, 3}};
    struct network_tensor output = input;
    output.name = "out";
    scene->tiles = *tiles;
    scene->tiles.nhwc = nhwc;
    scene->tiles.read = read_square;
    for (size_t i = 0; i < 3; i++) {
        scene->tiles.mean[i] = 127.5f;
        scene->tiles.scale[i] = 1 / 127.5f;
    }
    assert_ok(session_runtime_open(&scene->runtime, &error), &error);
    scene->tiles.network = network_open(scene->runtime, &input, &output, 1);
    assert_ok(image_new(700, 500, &scene->image, &error), &error);
    memset(scene->image->pixels, 0, scene->image->stride * 500);
    for (uint32_t y = 301; y < 301 + 40; y++) /* a white square of 40 pixels */
        memset(scene->image->pixels + y * scene->image->stride + 3 * 433, 255, 3 * 40);
    assert_ok(mips_of(scene->image, kernel_best(), &scene->mips, &error), &error);
}

static void scene_close(struct scene *scene)
{
    vultus_image_free(scene->image);
    session_close(scene->tiles.network);
    session_runtime_close(scene->runtime);
}

static vultus_status find(struct scene *scene, const struct looking *looking, struct pool *pool,
                          struct candidates *out, uint64_t *network_ns, vultus_error *error)
{
    struct detect_call call = {
        .mips = scene->mips, .width = 700, .height = 500, .options = &defaults, .pool = pool};
    struct tiles_search search = {&scene->tiles, &call, looking, 15};
    vultus_status status = tiles_find(&search, out, error);
    *network_ns = call.network_ns;
    return status;
}

static void what_is_found_is_where_it_lies(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        struct looking looking = {.nhwc = kind % 2 != 0};
        struct scene scene;
        struct pool *pool = NULL;
        struct candidates list = {0};
        vultus_error error = {0};
        uint64_t network_ns = 0;
        scene_open(&scene, kind < 2 ? &fixed : &free_size, looking.nhwc);
        assert_ok(pool_open(2, &pool, &error), &error);
        assert_ok(find(&scene, &looking, pool, &list, &network_ns, &error), &error);
        assert_true(list.count >= 1 && network_ns > 0);
        for (size_t i = 0; i < list.count; i++) {
            const struct candidate *c = &list.items[i];
            float off = 5; /* a pixel of the coarsest view */
            assert_float_equal(c->x1, 433, off);
            assert_float_equal(c->y1, 301, off);
            assert_float_equal(c->x2, 473, off);
            assert_float_equal(c->y2, 341, off);
            assert_float_equal(c->landmarks[VULTUS_NOSE].x, 453, off / 2);
            assert_float_equal(c->landmarks[VULTUS_NOSE].y, 321, off / 2);
        }
        assert_float_equal(list.items[list.count - 1].x1, 433, 0.8f); /* the finest view */
        candidates_clear(&list);
        pool_close(pool);
        scene_close(&scene);
    }
}

static void failures_come_through(void **state)
{
    struct looking looking = {.fail = true};
    struct scene scene;
    struct candidates list = {0};
    vultus_error error = {0};
    uint64_t network_ns = 0;
    (void)state;
    scene_open(&scene, &fixed, false);
    assert_error(VULTUS_ERR_MODEL, find(&scene, &looking, NULL, &list, &network_ns, &error), &error,
                 "nothing to read");
    assert_int_equal(list.count, 0);
    looking.fail = false;
    long live = mem_live(), failures = 0;
    vultus_status status = VULTUS_ERR_MEMORY;
    for (long n = 1; status; n++) {
        mem_fail_after(n, false);
        status = find(&scene, &looking, NULL, &list, &network_ns, &error);
        bool failed = mem_failed();
        mem_fail_after(0, false);
        assert_int_equal(status, failed ? VULTUS_ERR_MEMORY : VULTUS_OK);
        failures += failed;
        candidates_clear(&list);
        assert_int_equal(mem_live(), live);
    }
    assert_true(failures > 3);
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_face_is_seen),
        cmocka_unit_test(a_picture_that_fits_is_one_view),
        cmocka_unit_test(inputs_are_as_the_network_wants),
        cmocka_unit_test(what_is_found_is_where_it_lies),
        cmocka_unit_test(failures_come_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
