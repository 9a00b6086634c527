/* Lists of pairs: LFW's two formats, CSV, and what tries to be one of them. */
#include "base/file.h"
#include "base/memory.h"
#include "decide/pairs.h"
#include "support.h"

#include <sys/stat.h>

static vultus_status parse(const char *text, vultus_pairs *out, vultus_error *error)
{
    return pairs_parse(text, strlen(text), "list", "root", out, error);
}

static void pairs_with_folds(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_pairs pairs = {0};
    assert_ok(parse("2\t1\r\n"
                    "Ada\t1\t2\r\n"
                    "Ada\t3\tGrace\t12345\r\n"
                    "Emmy Noether\t4\t1\r\n"
                    "Emmy Noether\t1\tAda\t2",
                    &pairs, &error),
              &error);
    assert_int_equal(pairs.count, 4);
    assert_int_equal(pairs.folds, 2);
    assert_string_equal(pairs.items[0].a, "root/Ada/Ada_0001.jpg");
    assert_string_equal(pairs.items[0].b, "root/Ada/Ada_0002.jpg");
    assert_true(pairs.items[0].same && pairs.items[0].fold == 0);
    assert_string_equal(pairs.items[1].b, "root/Grace/Grace_12345.jpg");
    assert_true(!pairs.items[1].same && pairs.items[1].fold == 0);
    assert_string_equal(pairs.items[2].a, "root/Emmy Noether/Emmy Noether_0004.jpg");
    assert_true(pairs.items[2].same && pairs.items[2].fold == 1);
    assert_true(!pairs.items[3].same && pairs.items[3].fold == 1);
    vultus_pairs_clear(&pairs);
    vultus_pairs_clear(&pairs);
    vultus_pairs_clear(NULL);
}

static void pairs_without_folds(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_pairs pairs = {0};
    assert_ok(parse("2\nA 1 2\nA  1  3\n\nA 1 B 1\nB 2 A 3\n\n", &pairs, &error), &error);
    assert_int_equal(pairs.count, 4);
    assert_int_equal(pairs.folds, 1);
    assert_true(pairs.items[1].same && !pairs.items[2].same);
    vultus_pairs_clear(&pairs);
}

static void other_endings_are_found(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_pairs pairs = {0};
    const char *folder = support_join(support_folder(), "A");
    assert_int_equal(mkdir(folder, 0700), 0);
    static const char *const files[] = {"A_0001.jpg", "A_0001.png", "A_0002.jpeg", "A_0003.png",
                                        "A_0004.webp"};
    for (size_t i = 0; i < 5; i++)
        fclose(fopen(support_join(folder, files[i]), "w"));
    static const char text[] = "2\nA\t1\t2\nA\t3\t4\nA\t5\tA\t1\nA\t1\tB\t1\n";
    assert_ok(pairs_parse(text, sizeof text - 1, "list", support_folder(), &pairs, &error), &error);
    assert_string_equal(file_name(pairs.items[0].a), "A_0001.jpg");
    assert_string_equal(file_name(pairs.items[0].b), "A_0002.jpeg");
    assert_string_equal(file_name(pairs.items[1].a), "A_0003.png");
    assert_string_equal(file_name(pairs.items[1].b), "A_0004.webp");
    assert_string_equal(file_name(pairs.items[2].a), "A_0005.jpg"); /* none: named as expected */
    vultus_pairs_clear(&pairs);
}

static void tables(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_pairs pairs = {0};
    assert_ok(parse("\xEF\xBB\xBF"
                    "file_x,file_y,Decision\r\n"
                    "img20.jpg,img21.jpg,Yes\r\n"
                    "sub/a.jpg,\"b, the \"\"second\"\".png\",no\r\n"
                    "\"a..b.jpg\",..c.jpg,TRUE\n"
                    "a,b,0\na,b,1\na,b,False",
                    &pairs, &error),
              &error);
    assert_int_equal(pairs.count, 6);
    assert_int_equal(pairs.folds, 1);
    assert_string_equal(pairs.items[0].a, "root/img20.jpg");
    assert_string_equal(pairs.items[1].a, "root/sub/a.jpg");
    assert_string_equal(pairs.items[1].b, "root/b, the \"second\".png");
    assert_string_equal(pairs.items[2].b, "root/..c.jpg");
    const bool same[] = {true, false, true, false, true, false};
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(pairs.items[i].same, same[i]);
    vultus_pairs_clear(&pairs);
    assert_ok(parse("id,DECISION,\"file_y\",note,file_x\n1,yes,b,,a\n2,no,d,\"x,y\",c,more\n",
                    &pairs, &error),
              &error);
    assert_int_equal(pairs.count, 2);
    assert_string_equal(pairs.items[0].a, "root/a");
    assert_string_equal(pairs.items[1].b, "root/d");
    vultus_pairs_clear(&pairs);
}

static void bad_lists_are_refused(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "list:1: no pairs"},
        {"\n\n  \n", "list:3: no pairs"},
        {"hello world\n", "list:1: neither"},
        {"10\t300\t7\n", "list:1: neither"},
        {"0\nA\t1\t2\n", "list:1: neither"},
        {"-1\n", "list:1: neither"},
        {"1e3\n", "list:1: neither"},
        {"99999999999999999999\n", "list:1: neither"},
        {"10000000\t10000000\n", "more than 10000000 pairs"},
        {"5000001\n", "more than 10000000 pairs"},
        {"1\nA\t1\n", "list:2: \"name n m\""},
        {"1\nA\t1\t2\t3\t4\n", "list:2: \"name n m\""},
        {"1\nA\t1\t2\n", "list:3: the file ends before"},
        {"1\nA\t1\t2\nA\t1\t3\n", "list:3: more same pairs"},
        {"1\nA\t1\tB\t1\nA\t1\tB\t2\n", "list:3: more different pairs"},
        {"1\nA\t1\t2\nA\t1\tB\t2\nA\t1\t2\n", "list:4: more pairs than"},
        {"1\nA\tx\t2\n", "list:2: a picture's number"},
        {"1\nA\t0\t2\n", "list:2: a picture's number"},
        {"1\nA\t1\t-2\n", "list:2: a picture's number"},
        {"1\nA\t1\t99999999\n", "list:2: a picture's number"},
        {"1\n../A\t1\t2\n", "list:2: a name that leads out"},
        {"1\n..\t1\t2\n", "list:2: a name that leads out"},
        {"1\n.\t1\t2\n", "list:2: a name that leads out"},
        {"1\n/etc\t1\t2\n", "list:2: a name that leads out"},
        {"1\nA\t1\t2\nA\t1\tB/../..\t2\n", "list:3: a name that leads out"},
        {"1\nA\x01\t1\t2\n", "list:2: control characters"},
        {"\x89PNG\r\n\x1A\n", "list:"},
        {"a,b,c\n", "list:1: the columns file_x,file_y,Decision"},
        {"file_x,file_y\na,b\n", "list:1: the columns"},
        {"file_x,file_y,Decision\n", "no pairs"},
        {"file_x,file_y,Decision\na,b\n", "list:2: a column is missing"},
        {"file_x,file_y,Decision\na,b,maybe\n", "list:2: the decision is neither"},
        {"file_x,file_y,Decision\na,b,\n", "list:2: the decision is neither"},
        {"file_x,file_y,Decision\n,b,Yes\n", "list:2: a file that is not inside"},
        {"file_x,file_y,Decision\n/etc/passwd,b,Yes\n", "list:2: a file that is not inside"},
        {"file_x,file_y,Decision\na,../b,Yes\n", "list:2: a file that is not inside"},
        {"file_x,file_y,Decision\na,x/../../b,Yes\n", "list:2: a file that is not inside"},
        {"file_x,file_y,Decision\na,x/..,Yes\n", "list:2: a file that is not inside"},
        {"file_x,file_y,Decision\n\"a,b,Yes\n", "list:2: a quote that does not end"},
        {"file_x,file_y,Decision\n\"a\"x,b,Yes\n", "list:2: a quote that does not end"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        vultus_error error = {0};
        vultus_pairs pairs = {0};
        long live = mem_live();
        vultus_status status = parse(cases[i].text, &pairs, &error);
        if (status != VULTUS_ERR_FORMAT && status != VULTUS_ERR_LIMIT)
            fail_msg("case %zu: status %d", i, status);
        if (!strstr(error.message, cases[i].says))
            fail_msg("case %zu: \"%s\" does not say \"%s\"", i, error.message, cases[i].says);
        assert_null(pairs.items);
        assert_int_equal(mem_live(), live);
    }
    /* a NUL in the middle, a line without end, more columns than anybody has, a long path */
    vultus_error error = {0};
    vultus_pairs pairs = {0};
    assert_error(VULTUS_ERR_FORMAT, pairs_parse("1\0\n", 3, "list", "root", &pairs, &error), &error,
                 "control");
    static char text[20000];
    memset(text, 'a', sizeof text);
    assert_error(VULTUS_ERR_FORMAT, pairs_parse(text, sizeof text, "list", "root", &pairs, &error),
                 &error, "list:1: the line is too long");
    memset(text, ',', 200);
    assert_error(VULTUS_ERR_FORMAT, pairs_parse(text, 200, "list", "root", &pairs, &error), &error,
                 "too many columns");
    int length = snprintf(text, sizeof text, "file_x,file_y,Decision\n%04100d,b,Yes\n", 7);
    assert_error(VULTUS_ERR_FORMAT,
                 pairs_parse(text, (size_t)length, "list", "root", &pairs, &error), &error,
                 "list:2: the path is too long");
}

static void real_lists(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_pairs pairs = {0};
    const char *lfw = support_data("lfw/pairsDevTest.txt"),
               *csv = support_data("deepface/master.csv");
    if (!lfw || !csv)
        support_skip("no test data");
    assert_ok(vultus_pairs_read(lfw, "root", &pairs, &error), &error);
    assert_int_equal(pairs.count, 1000);
    size_t same = 0;
    for (size_t i = 0; i < pairs.count; i++)
        same += pairs.items[i].same;
    assert_int_equal(same, 500);
    assert_string_equal(pairs.items[0].b, "root/Abdullah_Gul/Abdullah_Gul_0014.jpg");
    assert_string_equal(pairs.items[999].b, "root/Vicente_Fernandez/Vicente_Fernandez_0003.jpg");
    vultus_pairs_clear(&pairs);
    assert_ok(vultus_pairs_read(csv, NULL, &pairs, &error), &error);
    assert_int_equal(pairs.count, 300);
    assert_string_equal(pairs.items[0].a, "./img20.jpg");
    vultus_pairs_clear(&pairs);
    assert_error(VULTUS_ERR_IO, vultus_pairs_read("/no/such/list", NULL, &pairs, &error), &error,
                 "/no/such/list");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_with_folds),        cmocka_unit_test(pairs_without_folds),
        cmocka_unit_test(other_endings_are_found), cmocka_unit_test(tables),
        cmocka_unit_test(bad_lists_are_refused),   cmocka_unit_test(real_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
