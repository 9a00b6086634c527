/* What is known of people beside their faces: facts, pictures that are not theirs, retention, the history
 * of changes, and taking them back. And galleries of the version that had none of it. */
#include "store_support.h"

#define MODEL "synthetic@00000001"

static const char *nearest_in(vultus_gallery *gallery, uint64_t seed, const vultus_image *picture)
{
    static vultus_identity who;
    struct fake_engine fake;
    vultus_error error = {0};
    float probe[DIMENSION];
    vultus_decision decision = {.picture = picture};
    fake_embedding(seed, DIMENSION, probe);
    assert_ok(vultus_gallery_identify(gallery, fake_engine(&fake, MODEL, DIMENSION, 0.9f), probe,
                                      &decision, &who, &error),
              &error);
    return who.match ? who.best.name : "unknown";
}

static const char *nearest(vultus_gallery *gallery, uint64_t seed)
{
    return nearest_in(gallery, seed, NULL);
}

static void set(vultus_gallery *gallery, const char *name, vultus_fact_kind kind, const char *key,
                const char *value)
{
    vultus_error error = {0};
    assert_ok(vultus_gallery_set_fact(gallery, name, kind, key, value, &error), &error);
}

/* All facts as one line. */
static const char *facts_of(vultus_gallery *gallery, const char *name)
{
    static char line[1000];
    vultus_error error = {0};
    vultus_facts facts;
    size_t at = 0;
    line[0] = '\0';
    assert_ok(vultus_gallery_facts(gallery, name, &facts, &error), &error);
    for (size_t i = 0; i < facts.count; i++)
        at += (size_t)snprintf(line + at, sizeof line - at, "%s %s=%s;",
                               vultus_fact_name(facts.items[i].kind), facts.items[i].key,
                               facts.items[i].value);
    vultus_facts_clear(&facts);
    return line;
}

static const char *undo(vultus_gallery *gallery)
{
    static char action[32];
    vultus_error error = {0};
    assert_ok(vultus_gallery_undo(gallery, action, &error), &error);
    return action;
}

static vultus_gallery *three_people(void)
{
    vultus_gallery *gallery = open_gallery(fresh_path());
    enroll(gallery, "Ada", 1, MODEL);
    enroll(gallery, "Ada", 2, MODEL);
    enroll(gallery, "Grace", 3, MODEL);
    enroll(gallery, "Emmy", 4, MODEL);
    return gallery;
}

static void facts_are_kept(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_gallery *gallery = three_people();
    set(gallery, "Ada", VULTUS_FACT_TAG, "vip", "");
    set(gallery, "Ada", VULTUS_FACT_GROUP, "board", "");
    set(gallery, "Ada", VULTUS_FACT_GROUP, "choir", "");
    set(gallery, "Ada", VULTUS_FACT_ATTRIBUTE, "born", "1815");
    set(gallery, "Ada", VULTUS_FACT_ATTRIBUTE, "born", "1815-12-10");
    set(gallery, "Ada", VULTUS_FACT_CONSENT, NULL, "form 7");
    assert_string_equal(facts_of(gallery, "Ada"), "attribute born=1815-12-10;consent =form 7;"
                                                  "group board=;group choir=;tag vip=;");
    set(gallery, "Ada", VULTUS_FACT_GROUP, "board", NULL);
    set(gallery, "Ada", VULTUS_FACT_CONSENT, NULL, NULL);
    assert_string_equal(facts_of(gallery, "Ada"),
                        "attribute born=1815-12-10;group choir=;tag vip=;");
    assert_string_equal(facts_of(gallery, "Grace"), "");
    assert_error(VULTUS_ERR_NOT_FOUND,
                 vultus_gallery_set_fact(gallery, "Ada", VULTUS_FACT_TAG, "x", NULL, &error),
                 &error, "\"Ada\" has no tag x");
    assert_error(VULTUS_ERR_NOT_FOUND,
                 vultus_gallery_set_fact(gallery, "Hedy", VULTUS_FACT_TAG, "x", "", &error), &error,
                 "Hedy");
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_gallery_set_fact(gallery, "Ada", VULTUS_FACT_TAG, "a\nb", "", &error),
                 &error, "control");
    assert_error(
        VULTUS_ERR_ARGUMENT,
        vultus_gallery_set_fact(gallery, "Ada", VULTUS_FACT_ATTRIBUTE, "k", "\xFF", &error), &error,
        "UTF-8");
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_gallery_set_fact(gallery, "Ada", VULTUS_FACT_RETAIN, NULL, "soon", &error),
                 &error, "no date");
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_gallery_set_fact(gallery, "Ada", VULTUS_FACT_CONSENT, "k", "x", &error),
                 &error, "no key");
    vultus_gallery_close(gallery);
}

static void changes_are_taken_back(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_gallery *gallery = three_people();
    assert_error(VULTUS_ERR_NOT_FOUND, vultus_gallery_undo(gallery, NULL, &error), &error,
                 "no change that can be undone");
    set(gallery, "Ada", VULTUS_FACT_TAG, "vip", "");
    set(gallery, "Ada", VULTUS_FACT_ATTRIBUTE, "city", "London");
    set(gallery, "Grace", VULTUS_FACT_ATTRIBUTE, "city", "New York");
    set(gallery, "Ada", VULTUS_FACT_ATTRIBUTE, "city", "Paris");
    assert_ok(vultus_gallery_rename(gallery, "Ada", "Ada L", &error), &error);
    assert_ok(vultus_gallery_move(gallery, 3, "Emmy", &error), &error);
    assert_ok(vultus_gallery_merge(gallery, "Ada L", "Grace", &error), &error);
    assert_string_equal(nearest(gallery, 1), "Grace");
    assert_string_equal(nearest(gallery, 3), "Emmy");
    assert_string_equal(facts_of(gallery, "Grace"), "attribute city=New York;tag vip=;");

    assert_string_equal(undo(gallery), "merge");
    assert_string_equal(nearest(gallery, 1), "Ada L");
    assert_string_equal(facts_of(gallery, "Grace"), "attribute city=New York;");
    assert_string_equal(facts_of(gallery, "Ada L"), "attribute city=Paris;tag vip=;");
    assert_int_equal(faces_of(gallery, "Ada L"), 2);
    assert_string_equal(undo(gallery), "move");
    assert_string_equal(nearest(gallery, 3), "Grace");
    enroll(gallery, "Ada", 9, MODEL); /* the name is taken */
    assert_error(VULTUS_ERR_EXISTS, vultus_gallery_undo(gallery, NULL, &error), &error, "rename");
    assert_ok(vultus_gallery_delete(gallery, "Ada", &error), &error);
    assert_error(VULTUS_ERR_NOT_FOUND,
                 vultus_gallery_faces(gallery, "Ada", &(vultus_face_records){0}, &error), &error,
                 "Ada");
    /* whose old name was erased with somebody is not given it back */
    assert_string_equal(undo(gallery), "set");
    assert_string_equal(facts_of(gallery, "Ada L"), "attribute city=London;tag vip=;");
    assert_string_equal(undo(gallery), "set");
    assert_string_equal(facts_of(gallery, "Grace"), "");
    assert_string_equal(undo(gallery), "set");
    assert_string_equal(undo(gallery), "set");
    assert_string_equal(facts_of(gallery, "Ada L"), "");
    assert_error(VULTUS_ERR_NOT_FOUND, vultus_gallery_undo(gallery, NULL, &error), &error,
                 "no change");
    assert_error(VULTUS_ERR_NOT_FOUND, vultus_gallery_move(gallery, 99, "Emmy", &error), &error,
                 "no face 99");
    vultus_gallery_close(gallery);
}

static void the_history_says_who_and_forgets_the_deleted(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_changes changes;
    vultus_gallery *gallery = NULL;
    vultus_trace trace;
    const vultus_gallery_options options = {.actor = "Olga"}, bad = {.actor = "a\nb"};
    const char *path = fresh_path();
    assert_error(VULTUS_ERR_ARGUMENT, vultus_gallery_open(path, &bad, &gallery, &error), &error,
                 "control");
    assert_ok(vultus_gallery_open(path, &options, &gallery, &error), &error);
    enroll(gallery, "Secret", 1, MODEL);
    enroll(gallery, "Grace", 2, MODEL);
    set(gallery, "Secret", VULTUS_FACT_ATTRIBUTE, "alias", "Hidden");
    assert_ok(vultus_gallery_rename(gallery, "Secret", "Private", &error), &error);
    assert_ok(vultus_gallery_changes(gallery, "Private", 10, &changes, &error), &error);
    assert_int_equal(changes.count, 3);
    assert_string_equal(changes.items[0].action, "rename");
    assert_string_equal(changes.items[0].actor, "Olga");
    assert_string_equal(changes.items[0].before, "Secret");
    assert_string_equal(changes.items[0].after, "Private");
    assert_true(changes.items[0].undoable && !changes.items[0].undone);
    assert_string_equal(changes.items[1].after, "attribute alias=Hidden");
    assert_string_equal(changes.items[2].action, "enroll");
    assert_string_equal(changes.items[2].name, "Private");
    vultus_changes_clear(&changes);

    /* merged away, and then the other deleted: nothing is left of either, and nothing to undo */
    assert_ok(vultus_gallery_merge(gallery, "Private", "Grace", &error), &error);
    assert_ok(vultus_gallery_delete(gallery, "Grace", &error), &error);
    static const char *const names[] = {"Secret", "Private", "Grace", "Hidden"};
    for (size_t i = 0; i < 4; i++) {
        assert_ok(vultus_gallery_trace(gallery, names[i], &trace, &error), &error);
        assert_true(trace.gone && !trace.places && !trace.mentions);
    }
    assert_error(VULTUS_ERR_NOT_FOUND, vultus_gallery_undo(gallery, NULL, &error), &error,
                 "no change");
    assert_ok(vultus_gallery_changes(gallery, NULL, 3, &changes, &error), &error);
    assert_int_equal(changes.count, 3);
    assert_string_equal(changes.items[0].action, "delete");
    assert_null(changes.items[0].name);
    vultus_changes_clear(&changes);
    vultus_gallery_close(gallery);
}

static void refused_pictures_are_respected(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_gallery *gallery = three_people();
    uint8_t pixels[3 * 4 * 4] = {1, 2, 3}, hash[32];
    vultus_pixels wrap = {.data = pixels, .width = 4, .height = 4};
    vultus_image *image = NULL;
    assert_ok(vultus_image_wrap(&wrap, &image, &error), &error);
    assert_ok(vultus_image_id(image, hash, &error), &error);
    assert_string_equal(nearest_in(gallery, 1, image), "Ada");
    assert_ok(vultus_gallery_refuse(gallery, "Ada", hash, true, &error), &error);
    assert_string_equal(nearest_in(gallery, 1, image), "unknown");
    assert_string_equal(nearest_in(gallery, 3, image), "Grace");
    assert_string_equal(nearest(gallery, 1), "Ada");
    assert_string_equal(undo(gallery), "not");
    assert_string_equal(nearest_in(gallery, 1, image), "Ada");
    assert_error(VULTUS_ERR_NOT_FOUND, vultus_gallery_refuse(gallery, "Ada", hash, false, &error),
                 &error, "was not noted");

    /* a face of theirs counts no more, also after a rename, and cannot be enrolled again */
    assert_ok(vultus_gallery_face_picture(gallery, 1, hash, &error), &error);
    assert_ok(vultus_gallery_refuse(gallery, "Ada", hash, true, &error), &error);
    assert_string_equal(nearest(gallery, 1), "unknown");
    assert_string_equal(nearest(gallery, 2), "Ada");
    assert_ok(vultus_gallery_rename(gallery, "Ada", "Ada L", &error), &error);
    assert_string_equal(nearest(gallery, 1), "unknown");
    assert_ok(vultus_gallery_move(gallery, 1, "Grace", &error), &error);
    assert_string_equal(nearest(gallery, 1), "Grace");
    assert_ok(vultus_gallery_delete(gallery, "Grace", &error), &error);
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_gallery_enroll(gallery, "Ada L", NULL, fake_sample(1, MODEL, DIMENSION),
                                       NULL, &error),
                 &error, "does not show \"Ada L\"");
    assert_false(enroll(gallery, "Emmy", 1, MODEL).duplicate);
    vultus_image_free(image);
    vultus_gallery_close(gallery);
}

static void whose_time_has_passed_is_nobody(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_trace trace;
    const char *path = fresh_path();
    vultus_gallery *gallery = open_gallery(path);
    enroll(gallery, "Guest", 1, MODEL);
    enroll(gallery, "Grace", 2, MODEL);
    assert_string_equal(nearest(gallery, 1), "Guest");
    set(gallery, "Guest", VULTUS_FACT_RETAIN, NULL, "2999-01-01T00:00:00Z");
    assert_string_equal(nearest(gallery, 1), "Guest");
    set(gallery, "Guest", VULTUS_FACT_RETAIN, NULL, "2001-01-01T00:00:00Z");
    assert_string_equal(nearest(gallery, 1), "unknown");
    assert_string_equal(undo(gallery), "set");
    assert_string_equal(nearest(gallery, 1), "Guest");
    set(gallery, "Guest", VULTUS_FACT_RETAIN, NULL, "2001-01-01T00:00:00Z");
    assert_int_equal(faces_of(gallery, "Guest"), 1); /* still there */
    assert_ok(vultus_gallery_compact(gallery, NULL, &error), &error);
    assert_int_equal(faces_of(gallery, "Guest"), 0);
    assert_int_equal(faces_of(gallery, "Grace"), 1);
    assert_ok(vultus_gallery_trace(gallery, "Guest", &trace, &error), &error);
    assert_true(trace.gone && !trace.places);
    vultus_gallery_close(gallery);
}

static unsigned version_of(const char *path)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL), 0);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    unsigned version = (unsigned)sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return version;
}

/* Galleries as earlier versions of vultus made them: read without being changed, and brought up to date. */
static void old_galleries_are_brought_up_to_date(void **state)
{
    static const struct {
        const char *file, *person;
        unsigned version, facts;
    } old[] = {{"tests/store/gallery_v1.sql", "Ada", 1, 0},
               {"tests/store/gallery_v2.sql", "Ada Lovelace", 2, 3},
               {"tests/store/gallery_v3.sql", "Ada Lovelace", 3, 3}};
    (void)state;
    postgres_skip();
    static char sql[1 << 16];
    vultus_gallery_options read_only = {.read_only = true};
    if (encrypted())
        support_skip("galleries of these versions were never encrypted");
    for (size_t i = 0; i < sizeof old / sizeof *old; i++) {
        vultus_error error = {0};
        vultus_gallery *gallery = NULL;
        vultus_faults faults = {0};
        vultus_facts facts = {0};
        char action[32];
        const char *path = fresh_path();
        sql[slurp(support_source(old[i].file), sql, sizeof sql - 1)] = '\0';
        execute(path, sql);
        for (int write = 0; write <= 1; write++) {
            assert_ok(vultus_gallery_open(path, write ? NULL : &read_only, &gallery, &error),
                      &error);
            assert_int_equal(faces_of(gallery, old[i].person) + faces_of(gallery, "Grace"), 4);
            assert_ok(vultus_gallery_facts(gallery, old[i].person, &facts, &error), &error);
            assert_int_equal(facts.count, old[i].facts);
            vultus_facts_clear(&facts);
            assert_ok(vultus_gallery_check(gallery, NULL, &faults, &error), &error);
            if (faults.found)
                fail_msg("%s", faults.items[0]);
            if (write && old[i].version >= 2) {
                assert_ok(vultus_gallery_undo(gallery, action, &error), &error);
                assert_string_equal(action, "set");
            }
            if (write)
                set(gallery, "Grace", VULTUS_FACT_TAG, "vip", "");
            vultus_gallery_close(gallery);
            assert_int_equal(version_of(path), write ? 4 : old[i].version);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_are_kept),
        cmocka_unit_test(changes_are_taken_back),
        cmocka_unit_test(the_history_says_who_and_forgets_the_deleted),
        cmocka_unit_test(refused_pictures_are_respected),
        cmocka_unit_test(whose_time_has_passed_is_nobody),
        cmocka_unit_test(old_galleries_are_brought_up_to_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
