/* What is known of people beside their faces moves between galleries, with its dates, and nothing of it is lost or changed. */
#include "store_support.h"

#define MODEL "synthetic@00000001"

static void set(vultus_gallery *gallery, const char *name, vultus_fact_kind kind, const char *key,
                const char *value)
{
    vultus_error error = {0};
    assert_ok(vultus_gallery_set_fact(gallery, name, kind, key, value, &error), &error);
}

/* The record of somebody as an export has it. */
static vultus_person_record record_of(vultus_gallery *gallery, const char *name)
{
    vultus_person_record out = {.name = mem_string(name)};
    vultus_error error = {0};
    assert_ok(vultus_gallery_facts(gallery, name, &out.facts, &error), &error);
    assert_ok(vultus_gallery_refusals(gallery, name, &out.refusals, &error), &error);
    return out;
}

static void assert_same(const vultus_person_record *a, const vultus_person_record *b)
{
    assert_int_equal(a->facts.count, b->facts.count);
    for (size_t i = 0; i < a->facts.count; i++) {
        assert_int_equal(a->facts.items[i].kind, b->facts.items[i].kind);
        assert_string_equal(a->facts.items[i].key, b->facts.items[i].key);
        assert_string_equal(a->facts.items[i].value, b->facts.items[i].value);
        assert_string_equal(a->facts.items[i].since, b->facts.items[i].since);
    }
    assert_int_equal(a->refusals.count, b->refusals.count);
    for (size_t i = 0; i < a->refusals.count; i++) {
        assert_memory_equal(a->refusals.items[i].picture, b->refusals.items[i].picture, 32);
        assert_string_equal(a->refusals.items[i].since, b->refusals.items[i].since);
    }
}

static void copy_faces(vultus_gallery *from, vultus_gallery *to, const char *name)
{
    vultus_face_records records = {0};
    const char *names[8];
    vultus_error error = {0};
    assert_ok(vultus_gallery_faces(from, name, &records, &error), &error);
    for (size_t i = 0; i < records.count; i++)
        names[i] = name;
    assert_ok(vultus_gallery_import(to, names, records.items, records.count, NULL, &error), &error);
    vultus_face_records_clear(&records);
}

static vultus_imported_people import(vultus_gallery *gallery, const vultus_person_record *people,
                                     size_t count)
{
    vultus_imported_people sum = {0};
    vultus_error error = {0};
    assert_ok(vultus_gallery_import_people(gallery, people, count, &sum, &error), &error);
    return sum;
}

static void what_is_known_moves(void **state)
{
    (void)state;
    static const uint8_t other[32] = {7};
    vultus_gallery *from = open_gallery(fresh_path());
    vultus_gallery *to = open_gallery(fresh_path());
    vultus_error error = {0};
    enroll(from, "Ada", 1, MODEL);
    enroll(from, "Ada", 2, MODEL);
    int64_t face = enroll(from, "Emmy", 3, MODEL).face;
    set(from, "Ada", VULTUS_FACT_TAG, "vip", "");
    set(from, "Ada", VULTUS_FACT_GROUP, "board", "");
    set(from, "Ada", VULTUS_FACT_ATTRIBUTE, "born", "1815-12-10 \xE2\x9C\x93");
    set(from, "Ada", VULTUS_FACT_CONSENT, NULL, "form 7");
    set(from, "Ada", VULTUS_FACT_RETAIN, NULL, "2999-01-01T00:00:00Z");
    assert_ok(
        vultus_gallery_refuse(from, "Ada", fake_sample(2, MODEL, DIMENSION)->picture, true, &error),
        &error);
    assert_ok(vultus_gallery_refuse(from, "Ada", other, true, &error), &error);
    assert_ok(vultus_gallery_move(from, face, "Ada", &error), &error); /* Emmy has none */
    assert_string_equal(fake_nearest(from, MODEL, 2), "unknown");

    vultus_person_record people[] = {record_of(from, "Ada"), record_of(from, "Emmy")};
    memcpy(people[1].created, "2001-02-03T04:05:06Z", 21);
    memcpy(people[0].facts.items[0].since, "2001-02-03T04:05:07Z", 21);
    memcpy(people[0].refusals.items[0].since, "2001-02-03T04:05:08Z", 21);
    copy_faces(from, to, "Ada");
    vultus_imported_people sum = import(to, people, 2);
    assert_true(sum.new_people == 1 && sum.facts == 7);
    vultus_person_record got = record_of(to, "Ada");
    assert_same(&got, &people[0]);
    vultus_person_record_clear(&got);
    assert_string_equal(fake_nearest(to, MODEL, 1), "Ada");
    assert_string_equal(fake_nearest(to, MODEL, 2), "unknown");
    vultus_people listed = {0};
    assert_ok(vultus_gallery_people(to, &listed, &error), &error);
    assert_int_equal(listed.count, 2);
    assert_string_equal(listed.items[1].created, "2001-02-03T04:05:06Z");
    vultus_people_clear(&listed);

    copy_faces(from, to, "Ada"); /* all of it again: what is there already stays */
    set(to, "Ada", VULTUS_FACT_ATTRIBUTE, "born", "1815");
    sum = import(to, people, 2);
    assert_true(!sum.new_people && !sum.facts);
    got = record_of(to, "Ada");
    assert_string_equal(got.facts.items[0].value, "1815");
    vultus_person_record_clear(&got);
    vultus_person_record_clear(&people[0]);
    vultus_person_record_clear(&people[1]);
    vultus_gallery_close(from);
    vultus_gallery_close(to);
}

/* Whose time has passed is nobody's name in the other gallery, either, also for whoever has it open. */
static void what_counts_in_searches_counts_at_once(void **state)
{
    (void)state;
    const char *path = fresh_path();
    vultus_gallery *gallery = open_gallery(path), *reader = open_gallery(path);
    enroll(gallery, "Ada", 1, MODEL);
    enroll(gallery, "Grace", 2, MODEL);
    assert_string_equal(fake_nearest(reader, MODEL, 1), "Ada");
    vultus_fact fact = {.kind = VULTUS_FACT_RETAIN,
                        .key = (char *)"",
                        .value = (char *)"2001-01-01T00:00:00Z",
                        .since = "2000-01-01T00:00:00Z"};
    vultus_refusal refusal = {.since = "2000-01-01T00:00:00Z"};
    memcpy(refusal.picture, fake_sample(2, MODEL, DIMENSION)->picture, 32);
    const vultus_person_record people[] = {
        {.name = (char *)"Ada", .facts = {&fact, 1}},
        {.name = (char *)"Grace", .refusals = {&refusal, 1}},
    };
    assert_int_equal(import(gallery, people, 2).facts, 2);
    assert_string_equal(fake_nearest(reader, MODEL, 1), "unknown");
    assert_string_equal(fake_nearest(reader, MODEL, 2), "unknown");
    vultus_gallery_close(gallery);
    vultus_gallery_close(reader);
}

static void what_cannot_be_is_refused_as_a_whole(void **state)
{
    (void)state;
    vultus_gallery *gallery = open_gallery(fresh_path());
    vultus_error error = {0};
    vultus_refusals none = {0};
    vultus_fact good = {.kind = VULTUS_FACT_TAG,
                        .key = (char *)"vip",
                        .value = (char *)"",
                        .since = "2000-01-01T00:00:00Z"};
    vultus_fact bad[] = {good, good, good, good};
    bad[0].key = (char *)" vip";
    bad[1].kind = VULTUS_FACT_KINDS;
    bad[2].since[0] = 'x';
    bad[3].kind = VULTUS_FACT_RETAIN;
    vultus_person_record people[] = {{.name = (char *)"Ada", .facts = {&good, 1}},
                                     {.name = (char *)"Grace"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        people[1].facts = (vultus_facts){&bad[i], 1};
        assert_int_equal(vultus_gallery_import_people(gallery, people, 2, NULL, &error),
                         VULTUS_ERR_ARGUMENT);
    }
    people[1] = (vultus_person_record){.name = (char *)"Grace", .created = "yesterday"};
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_gallery_import_people(gallery, people, 2, NULL, &error), &error,
                 "yesterday");
    people[1] = (vultus_person_record){.name = (char *)""};
    assert_int_equal(vultus_gallery_import_people(gallery, people, 2, NULL, &error),
                     VULTUS_ERR_ARGUMENT);
    assert_int_equal(
        vultus_gallery_import_people(gallery, people, VULTUS_IMPORT_MAX + 1, NULL, &error),
        VULTUS_ERR_LIMIT);
    assert_error(VULTUS_ERR_NOT_FOUND, vultus_gallery_refusals(gallery, "Ada", &none, &error),
                 &error, "Ada");
    vultus_gallery_close(gallery);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    postgres_skip(); /* libpq's memory is its own, and each try would be a round trip */
    vultus_fact fact = {.kind = VULTUS_FACT_CONSENT,
                        .key = (char *)"",
                        .value = (char *)"form 7",
                        .since = "2000-01-01T00:00:00Z"};
    vultus_refusal refusal = {.since = "2000-01-01T00:00:00Z"};
    const vultus_person_record person = {
        .name = (char *)"Ada", .facts = {&fact, 1}, .refusals = {&refusal, 1}};
    vultus_gallery *gallery = open_gallery(fresh_path());
    vultus_error error = {0};
    vultus_status status = VULTUS_ERR_MEMORY;
    for (long n = 1; status && n < 1000; n++) {
        vultus_refusals refusals = {0};
        mem_fail_after(n, true);
        status = vultus_gallery_import_people(gallery, &person, 1, NULL, &error);
        if (!status)
            status = vultus_gallery_refusals(gallery, "Ada", &refusals, &error);
        mem_fail_after(0, false);
        assert_true(!status || (status == VULTUS_ERR_MEMORY && !refusals.items));
        vultus_refusals_clear(&refusals);
    }
    assert_int_equal(status, VULTUS_OK);
    vultus_gallery_close(gallery);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_known_moves),
        cmocka_unit_test(what_counts_in_searches_counts_at_once),
        cmocka_unit_test(what_cannot_be_is_refused_as_a_whole),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
