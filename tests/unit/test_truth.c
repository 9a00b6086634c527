/* Ground truth: WIDER FACE's lists, dlib's XML, lines of landmarks, and what tries to be one of them. */
#include "base/memory.h"
#include "decide/truth.h"
#include "support.h"

static const char wider[] = "0--Parade/a b.jpg\r\n"
                            "2\r\n"
                            "31 510 19 25 2 0 0 0 0 0\r\n"
                            "7.5 -3 20 30 0 0 0 1 2 1 \r\n"
                            "none.jpg\n0\n0 0 0 0 0 0 0 0 0 0\n"
                            "bare.jpg\n0\n"
                            "last.jpg\n1\n1 2 0 4\n";

static const char landmarks[] =
    "A/A_1.jpg 45 39.6 121.2 115.8 62.4 69 87.6 65.4 70.8 84 67.8 98.4 87.6 95.4\n"
    "A/A_1.jpg 1 2 3 4 5 6 7 8 9 10 11 12 13 14\n"
    "with blank.jpg\t1 2 4 8 5 6 7 8 9 10 11 12 13 14\n";

static vultus_status parse(const char *text, vultus_truth *out, vultus_error *error)
{
    return truth_parse(text, strlen(text), "truth", "root", out, error);
}

static void assert_box(const vultus_box *box, float x, float y, float width, float height)
{
    assert_float_equal(box->x, x, 1e-4);
    assert_float_equal(box->y, y, 1e-4);
    assert_float_equal(box->width, width, 1e-4);
    assert_float_equal(box->height, height, 1e-4);
}

static void lists_of_wider(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_truth truth = {0};
    assert_ok(parse(wider, &truth, &error), &error);
    assert_int_equal(truth.count, 4);
    assert_string_equal(truth.items[0].path, "root/0--Parade/a b.jpg");
    assert_int_equal(truth.items[0].count, 2);
    assert_box(&truth.items[0].faces[0].box, 31, 510, 19, 25);
    assert_box(&truth.items[0].faces[1].box, 7.5f, -3, 20, 30);
    assert_false(truth.items[0].faces[0].ignored);
    assert_true(truth.items[0].faces[1].ignored);
    assert_false(truth.items[0].faces[0].has_landmarks);
    assert_true(truth.items[1].count == 0 && truth.items[2].count == 0);
    assert_string_equal(truth.items[3].path, "root/last.jpg");
    assert_true(truth.items[3].faces[0].ignored); /* no area: nothing can meet it */
    vultus_truth_clear(&truth);
    vultus_truth_clear(&truth);
    vultus_truth_clear(NULL);
}

static void lines_of_landmarks(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_truth truth = {0};
    assert_ok(parse(landmarks, &truth, &error), &error);
    assert_int_equal(truth.count, 2);
    assert_int_equal(truth.items[0].count, 2);
    assert_box(&truth.items[0].faces[0].box, 45, 39.6f, 76.2f, 76.2f);
    assert_true(truth.items[0].faces[0].has_landmarks);
    assert_float_equal(truth.items[0].faces[0].landmarks[VULTUS_NOSE].x, 70.8, 1e-4);
    assert_float_equal(truth.items[0].faces[0].landmarks[VULTUS_RIGHT_MOUTH].y, 95.4, 1e-4);
    assert_string_equal(truth.items[1].path, "root/with blank.jpg");
    assert_box(&truth.items[1].faces[0].box, 1, 2, 3, 6);
    vultus_truth_clear(&truth);
}

/* A picture with a box that has `parts` parts, the index-th at (index, 2 index). */
static char *shape_text(int parts)
{
    static char text[8192];
    int n = snprintf(text, sizeof text,
                     "<?xml version='1.0'?>\n<!-- <image file='no.jpg'/> -->\n<dataset><images>\n"
                     "<image file=\"a&amp;b.jpg\" width='9'>\n"
                     "<box top='1' left='2' width='30' height='40'><label>x</label>\n");
    for (int i = 0; i < parts; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, "<part name='%02d' x='%d' y='%d'/>", i, i,
                      2 * i);
    snprintf(text + n, sizeof text - (size_t)n,
             "</box><box top='-5' left='6' width='7' height='8' ignore='1'/></image>"
             "<image file='none.jpg'/>\n</images></dataset>");
    return text;
}

static void xml_of_dlib(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_truth truth = {0};
    assert_ok(parse(shape_text(68), &truth, &error), &error);
    assert_int_equal(truth.count, 2);
    assert_string_equal(truth.items[0].path, "root/a&b.jpg");
    assert_int_equal(truth.items[0].count, 2);
    const vultus_true_face *face = &truth.items[0].faces[0];
    assert_box(&face->box, 2, 1, 30, 40);
    assert_int_equal(face->shape_count, 68);
    assert_true(face->shape[67].x == 67 && face->shape[67].y == 134);
    assert_true(truth.items[0].faces[1].ignored && !truth.items[0].faces[1].shape);
    assert_int_equal(truth.items[1].count, 0);
    vultus_truth_clear(&truth);
    assert_ok(parse(shape_text(5), &truth, &error), &error);
    assert_null(truth.items[0].faces[0].shape);
    vultus_truth_clear(&truth);
}

static void bad_files_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "no pictures"},
        {"a.jpg\n", "truth:2: the file ends before the number of faces"},
        {"a.jpg\nmany\n", "truth:2: the number of faces"},
        {"a.jpg\n-1\n", "truth:2: the number of faces"},
        {"a.jpg\n1.5\n", "truth:2: the number of faces"},
        {"a.jpg\n10001\n", "truth:2: the number of faces"},
        {"a.jpg\n2\n1 2 3 4\n", "truth:4: the file ends before all faces"},
        {"a.jpg\n1\n1 2 3\n", "truth:3: a face is expected"},
        {"a.jpg\n1\n1 2 3 1e3\n", "truth:3: a face is expected"},
        {"a.jpg\n1\n1 2 3 99999999\n", "truth:3: a face is expected"},
        {"../a.jpg\n0\n", "truth:1: a file that is not inside"},
        {"/a.jpg\n0\n", "truth:1: a file that is not inside"},
        {"a.jpg\n0\nb.jpg\n0\nc/../../d.jpg\n0\n", "truth:5: a file that is not inside"},
        {"a\001.jpg\n0\n", "truth:1: control characters"},
        {"a.jpg 1 2 3 4 5 6 7 8 9 10 11 12 13 14\nb.jpg 1 2\n", "truth:2: \"FILE x1"},
        {"a.jpg 1 2 3 4 5 6 7 8 9 10 11 12 13 x\n", "truth:1: \"FILE x1"},
        {"<image>", "truth:1: the image has no usable file"},
        {"<a>\n<image file='../x'/>", "truth:2: a file that is not inside"},
        {"<image file='&x;'/>", "no usable file"},
        {"<!DOCTYPE a [<!ENTITY b 'c'>]>", "declarations"},
        {"<image file='a'>", "ends inside an image"},
        {"<image file='a'><image file='b'/>", "an image inside another"},
        {"</image>", "an end without a beginning"},
        {"<box top='1' left='1' width='1' height='1'/>", "a box outside an image"},
        {"<image file='a'><box top='1' left='1' width='1'/></image>", "no left, top"},
        {"<image file='a'>\n\n<part name='1' x='1' y='1'/></image>", "truth:3: a part outside"},
        {"<image file='a'><box top='1' left='1' width='1' height='1'><part name='1' x='1'/>",
         "the part has no x and y"},
        {"<image file='a", "a quote that does not end"},
        {"<image file='a<'/>", "a quote that does not end"},
        {"<image file=a/>", "a value in quotes"},
        {"<image file='a' / >", "a tag that does not end"},
        {"< image file='a'/>", "the name of a tag"},
        {"<image file", "an attribute is expected"},
        {"<!-- <image file='a'/>", "a comment that does not end"},
        {"<a a='' b='' c='' d='' e='' f='' g='' h='' i='' j='' k='' l='' m='' n='' o='' p='' q=''>",
         "too many attributes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        vultus_error error = {0};
        vultus_truth truth = {0};
        assert_error(VULTUS_ERR_FORMAT, parse(cases[i].text, &truth, &error), &error,
                     cases[i].says);
        assert_null(truth.items);
    }
}

static void memory_that_runs_out(void **state)
{
    (void)state;
    const char *const texts[] = {wider, landmarks, shape_text(68)};
    for (size_t i = 0; i < 3; i++) {
        long live = mem_live(), failures = 0;
        for (long n = 1;; n++) {
            vultus_error error = {0};
            vultus_truth truth = {0};
            mem_fail_after(n, false);
            vultus_status status = parse(texts[i], &truth, &error);
            bool failed = mem_failed();
            mem_fail_after(0, false);
            vultus_truth_clear(&truth);
            assert_int_equal(mem_live(), live);
            assert_int_equal(status, failed ? VULTUS_ERR_MEMORY : VULTUS_OK);
            if (!failed)
                break;
            failures++;
        }
        assert_true(failures > 4);
    }
}

static void real_files(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_truth truth = {0};
    const char *list = support_data("wider/wider_bbx_gt.txt"),
               *lfw = support_data("lfw/landmarks5_orig150.txt"),
               *xml = support_data("dlib_faces/testing_with_face_landmarks.xml");
    if (!list || !lfw || !xml)
        support_skip("no test data");
    size_t faces = 0, ignored = 0;
    assert_ok(vultus_truth_read(list, "root", &truth, &error), &error);
    assert_int_equal(truth.count, 99);
    for (size_t i = 0; i < truth.count; i++) {
        faces += truth.items[i].count;
        for (size_t k = 0; k < truth.items[i].count; k++)
            ignored += truth.items[i].faces[k].ignored;
    }
    assert_true(faces == 1800 && ignored == 12);
    vultus_truth_clear(&truth);
    assert_ok(vultus_truth_read(lfw, NULL, &truth, &error), &error);
    assert_int_equal(truth.count, 1549);
    assert_string_equal(truth.items[0].path, "./Mike_Richter/Mike_Richter_0001.jpg");
    vultus_truth_clear(&truth);
    assert_ok(vultus_truth_read(xml, "root", &truth, &error), &error);
    assert_string_equal(truth.items[0].path, "root/2008_002470.jpg");
    const vultus_true_face *face = &truth.items[0].faces[0];
    assert_box(&face->box, 274, 181, 52, 53);
    assert_true(face->shape_count == 68 && face->shape[0].x == 277 && face->shape[0].y == 194);
    assert_true(face->has_landmarks); /* from the shape */
    assert_true(face->landmarks[VULTUS_LEFT_EYE].x < face->landmarks[VULTUS_RIGHT_EYE].x);
    vultus_truth_clear(&truth);
    assert_error(VULTUS_ERR_IO, vultus_truth_read("/no/such/truth", NULL, &truth, &error), &error,
                 "/no/such/truth");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_of_wider),       cmocka_unit_test(lines_of_landmarks),
        cmocka_unit_test(xml_of_dlib),          cmocka_unit_test(bad_files_are_refused),
        cmocka_unit_test(memory_that_runs_out), cmocka_unit_test(real_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
