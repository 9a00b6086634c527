/* Encrypted galleries: what their files tell, whom they open to, and what happens to rows that somebody changed. */
#define _GNU_SOURCE /* memmem */
#include "store_support.h"

#include <fcntl.h>
#include <sys/stat.h>

#define MODEL "synthetic@00000001"
#define NAME "Ada King Lovelace"
#define SOURCE "secret-folder/picture.jpg"

static vultus_gallery *open_with(const char *path, const char *key)
{
    vultus_error error = {0};
    const vultus_gallery_options options = {.key_file = key, .actor = "Olga the Operator"};
    vultus_gallery *gallery = NULL;
    assert_ok(vultus_gallery_open(path, &options, &gallery, &error), &error);
    return gallery;
}

static void assert_closed(const char *path, const char *key, const char *text)
{
    vultus_error error = {0};
    const vultus_gallery_options options = {.key_file = key};
    vultus_gallery *gallery = NULL;
    assert_error(VULTUS_ERR_DATABASE, vultus_gallery_open(path, &options, &gallery, &error), &error,
                 text);
    assert_null(gallery);
}

/* ------------------------------------------------------------------ keys */

static void assert_no_key(const char *file, vultus_status status, const char *text)
{
    vultus_error error = {0};
    const vultus_gallery_options options = {.key_file = file};
    vultus_gallery *gallery = NULL;
    const char *path = fresh_path();
    assert_error(status, vultus_gallery_open(path, &options, &gallery, &error), &error, text);
    assert_int_equal(access(path, F_OK), -1); /* nothing was made */
}

static void keys_are_checked(void **state)
{
    static const char hex[] =
        "00112233445566778899aAbBcCdDeEfF0123456789abcdef0123456789ABCDEF\r\n";
    (void)state;
    char raw[32], text[5000] = "";
    vultus_error error = {0};
    const char *key = new_key();
    struct stat info;
    assert_int_equal(stat(key, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(info.st_size, 65);
    assert_error(VULTUS_ERR_EXISTS, vultus_key_make(key, &error), &error, "never replaced");
    assert_no_key("/nowhere/key", VULTUS_ERR_IO, "No such file");
    assert_no_key(support_folder(), VULTUS_ERR_ARGUMENT, "is not a file");
    const char *file = support_join(support_folder(), "other-key");
    spill(file, hex, 40);
    assert_no_key(file, VULTUS_ERR_ARGUMENT, "others may use this key");
    assert_int_equal(chmod(file, 0640), 0);
    assert_no_key(file, VULTUS_ERR_ARGUMENT, "chmod 600");
    assert_int_equal(chmod(file, 0600), 0);
    spill(file, hex, 31);
    assert_no_key(file, VULTUS_ERR_ARGUMENT, "too short");
    memset(text, 'x', sizeof text);
    spill(file, text, sizeof text);
    assert_no_key(file, VULTUS_ERR_ARGUMENT, "too long");
    spill(file, text, 40);
    assert_no_key(file, VULTUS_ERR_ARGUMENT, "not random enough");

    /* digits and bytes are the same key */
    spill(file, hex, sizeof hex - 1);
    const char *path = fresh_path();
    vultus_gallery_close(open_with(path, file));
    for (size_t i = 0; i < sizeof raw; i++) {
        const char digits[] = {hex[2 * i], hex[2 * i + 1], '\0'};
        raw[i] = (char)strtol(digits, NULL, 16);
    }
    spill(file, raw, sizeof raw);
    vultus_gallery_close(open_with(path, file));
    setenv("VULTUS_KEYRING", "vultus-test-that-is-not-there", 1);
    assert_no_key(NULL, VULTUS_ERR_IO, "kernel's keyring");
    unsetenv("VULTUS_KEYRING");
}

static void galleries_open_to_their_key_only(void **state)
{
    (void)state;
    vultus_error error = {0};
    const char *key = new_key(), *other = new_key(), *path = fresh_path();
    vultus_gallery *gallery = open_with(path, key);
    enroll(gallery, NAME, 1, MODEL);
    vultus_gallery_stats stats;
    assert_ok(vultus_gallery_statistics(gallery, &stats, &error), &error);
    assert_true(stats.encrypted);
    vultus_gallery_stats_clear(&stats);
    vultus_gallery_close(gallery);
    assert_closed(path, NULL, "is encrypted; name its key with --key-file or VULTUS_KEY_FILE");
    assert_closed(path, other, "is encrypted with another key");
    setenv("VULTUS_KEY_FILE", key, 1);
    vultus_gallery_close(open_gallery(path));
    assert_closed(path, other, "is encrypted with another key"); /* the option goes first */

    unsetenv("VULTUS_KEY_FILE");
    path = gallery_with_faces(2, MODEL);
    assert_closed(path, key, "encrypt it: vultus gallery rekey --to-key-file FILE");
    const vultus_gallery_options optional = {.key_file = key, .key_optional = true};
    assert_ok(vultus_gallery_open(path, &optional, &gallery, &error), &error);
    assert_int_equal(faces_of(gallery, "person 0"), 2);
    vultus_gallery_close(gallery);
}

/* ------------------------------------------------------------------ what the files tell */

static bool file_has(const char *path, const void *bytes, size_t size)
{
    static char all[8 << 20];
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    size_t count = fread(all, 1, sizeof all, file);
    fclose(file);
    return memmem(all, count, bytes, size) != NULL;
}

/* People, faces, facts, a refused picture, history, undo: something in each column of each table. */
static vultus_gallery *full_gallery(const char *path, const char *key)
{
    vultus_error error = {0};
    vultus_gallery *gallery = open_with(path, key);
    for (uint64_t i = 0; i < 6; i++)
        assert_ok(vultus_gallery_enroll(gallery, i < 3 ? "Augusta Ada Byron" : "Charles Babbage",
                                        SOURCE, fake_sample(i, MODEL, DIMENSION), NULL, &error),
                  &error);
    static const struct {
        vultus_fact_kind kind;
        const char *key, *value;
    } facts[] = {{VULTUS_FACT_TAG, "a-secret-tag", ""},
                 {VULTUS_FACT_GROUP, "a-secret-group", ""},
                 {VULTUS_FACT_ATTRIBUTE, "a-secret-key", "a-secret-value"},
                 {VULTUS_FACT_ATTRIBUTE, "a-secret-key", "another-secret"},
                 {VULTUS_FACT_CONSENT, NULL, "a-secret-consent"},
                 {VULTUS_FACT_RETAIN, NULL, "2099-01-01T00:00:00Z"}};
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        for (int who = 0; who < 2; who++)
            assert_ok(vultus_gallery_set_fact(gallery,
                                              who ? "Charles Babbage" : "Augusta Ada Byron",
                                              facts[i].kind, facts[i].key, facts[i].value, &error),
                      &error);
    for (uint64_t i = 0; i < 2; i++)
        assert_ok(vultus_gallery_refuse(gallery, "Charles Babbage",
                                        fake_sample(i, MODEL, DIMENSION)->picture, true, &error),
                  &error);
    assert_ok(vultus_gallery_rename(gallery, "Augusta Ada Byron", NAME, &error), &error);
    return gallery;
}

static void assert_silent(const char *path)
{
    static const char *const texts[] = {
        NAME,   "Augusta Ada Byron", "Charles Babbage",   "secret",
        SOURCE, "a-secret-tag",      "Olga the Operator", "another-secret"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (file_has(path, texts[i], strlen(texts[i])))
            fail_msg("%s tells \"%s\"", path, texts[i]);
    for (uint64_t i = 0; i < 6; i++) {
        const vultus_sample *sample = fake_sample(i, MODEL, DIMENSION);
        assert_false(file_has(path, sample->embedding, 16));
        assert_false(file_has(path, sample->picture, 16));
        assert_false(file_has(path, sample->thumbnail.data, 16));
        assert_false(file_has(path, sample->face.landmarks + 1, 16));
    }
}

static void files_tell_nothing(void **state)
{
    (void)state;
    vultus_error error = {0};
    const char *path = fresh_path(), *copy = fresh_path(), *key = new_key();
    char log[4200], shared[4200];
    snprintf(log, sizeof log, "%s-wal", path);
    snprintf(shared, sizeof shared, "%s-shm", path);
    mode_t mask = umask(0);
    vultus_gallery *gallery = full_gallery(path, key);
    assert_ok(vultus_gallery_backup(gallery, copy, false, NULL, &error), &error);
    umask(mask);
    const char *const files[] = {path, log, shared, copy, key};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct stat info;
        assert_int_equal(stat(files[i], &info), 0);
        assert_int_equal(info.st_mode & 0777, 0600);
    }
    assert_true(file_has(copy, MODEL, strlen(MODEL))); /* of embedders the id stays */
    assert_silent(path);
    assert_silent(log);
    assert_silent(copy);
    vultus_gallery_close(gallery);
    assert_silent(path);
    assert_closed(copy, NULL, "is encrypted");
    gallery = open_with(copy, key);
    assert_int_equal(faces_of(gallery, NAME), 3);
    vultus_gallery_close(gallery);

    /* a copy is put in place with its key, and what was there before may have been plain */
    path = gallery_with_faces(2, MODEL);
    assert_error(VULTUS_ERR_DATABASE, vultus_gallery_restore(path, copy, true, NULL, &error),
                 &error, "is encrypted; name its key");
    assert_ok(vultus_gallery_restore_with(path, copy, key, true, NULL, &error), &error);
    gallery = open_with(path, key);
    assert_int_equal(faces_of(gallery, NAME), 3);
    vultus_gallery_close(gallery);
    assert_false(file_has(path, "person 0", 8));
}

static void the_deleted_leave_no_hash(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_trace trace;
    const char *path = fresh_path(), *key = new_key();
    vultus_gallery *gallery = full_gallery(path, key);
    assert_ok(vultus_gallery_trace(gallery, NAME, &trace, &error), &error);
    assert_true(!trace.gone && trace.texts > 1 && trace.places > 0);
    assert_ok(vultus_gallery_delete(gallery, NAME, &error), &error);
    assert_ok(vultus_gallery_trace(gallery, NAME, &trace, &error), &error);
    assert_true(trace.gone && !trace.texts && !trace.places && !trace.mentions);
    assert_ok(vultus_gallery_trace(gallery, "Charles", &trace, &error), &error);
    assert_true(trace.gone && trace.mentions == 1);
    vultus_gallery_close(gallery);
}

/* ------------------------------------------------------------------ rows that were changed */

/* What a user would see of it: everything is asked once. */
static vultus_status ask_all(vultus_gallery *gallery, vultus_error *error)
{
    struct fake_engine fake;
    vultus_identity who;
    vultus_people people = {0};
    vultus_face_records records = {0};
    vultus_facts facts = {0};
    vultus_changes changes = {0};
    float probe[DIMENSION];
    fake_embedding(1, DIMENSION, probe);
    vultus_status status = vultus_gallery_identify(
        gallery, fake_engine(&fake, MODEL, DIMENSION, 0.5f), probe, NULL, &who, error);
    if (!status)
        status = vultus_gallery_people(gallery, &people, error);
    for (size_t i = 0; !status && i < people.count; i++) {
        status = vultus_gallery_faces(gallery, people.items[i].name, &records, error);
        if (!status)
            status = vultus_gallery_facts(gallery, people.items[i].name, &facts, error);
        vultus_face_records_clear(&records);
        vultus_facts_clear(&facts);
    }
    if (!status)
        status = vultus_gallery_changes(gallery, NULL, 100, &changes, error);
    vultus_changes_clear(&changes);
    vultus_people_clear(&people);
    return status;
}

static void changed_rows_are_noticed(void **state)
{
    static const struct {
        const char *sql;
        bool checked; /* only the thorough check reads them */
    } cases[] = {
        /* another row's */
        {"UPDATE embeddings SET vector = (SELECT vector FROM embeddings WHERE face = 2) "
         "WHERE face = 1",
         false},
        {"UPDATE thumbnails SET jpeg = (SELECT jpeg FROM thumbnails WHERE face = 2) WHERE face = 1",
         false},
        {"UPDATE faces SET sealed = (SELECT sealed FROM faces WHERE id = 2) WHERE id = 1", false},
        {"UPDATE people SET sealed = (SELECT sealed FROM people WHERE id = 2) WHERE id = 1", false},
        {"UPDATE people SET sealed = (SELECT sealed FROM people AS p WHERE p.id <> people.id), "
         "name = id; UPDATE people SET name = (SELECT name FROM people WHERE id = 2)||1 WHERE id = "
         "1",
         false},
        {"UPDATE faces SET person = 2 WHERE id = 1", false}, /* given to somebody else */
        {"UPDATE faces SET picture = "
         "x'0011223344556677889900112233445566778899001122334455667788990"
         "011' WHERE id = 1",
         false},
        {"UPDATE facts SET sealed = (SELECT sealed FROM facts WHERE person = 2 AND kind = 'tag') "
         "WHERE person = 1 AND kind = 'tag'",
         false},
        {"UPDATE facts SET sealed = (SELECT sealed FROM facts WHERE person = 1 AND kind = 'group') "
         "WHERE person = 1 AND kind = 'tag'",
         false},
        {"UPDATE facts SET key = (SELECT key FROM facts WHERE kind = 'group' LIMIT 1) WHERE "
         "kind = 'tag'",
         false},
        {"UPDATE facts SET value = '2100-01-01T00:00:00Z' WHERE kind = 'retain'", false},
        {"UPDATE history SET sealed_actor = (SELECT sealed_actor FROM history WHERE id = 2) "
         "WHERE id = 1",
         false},
        {"UPDATE history SET sealed = (SELECT sealed FROM history WHERE id = 8) WHERE id = 9",
         false},
        {"UPDATE refusals SET sealed = (SELECT max(sealed) FROM refusals)", true},
        {"UPDATE undo SET sealed = (SELECT sealed FROM people WHERE id = 2) WHERE what = 'name'",
         true},
        {"UPDATE undo SET sealed = zeroblob(60) WHERE what = 'fact'", true},
        /* flipped bits: in the nonce, in the middle, in the proof */
        {"UPDATE embeddings SET vector = CAST(x'00ff00ff' || substr(vector, 5) AS BLOB) WHERE face "
         "= 3",
         false},
        {"UPDATE embeddings SET vector = CAST(substr(vector, 1, 60) || x'00ff00ff' || "
         "substr(vector, 65) AS BLOB) WHERE face = 3",
         false},
        {"UPDATE embeddings SET vector = CAST(substr(vector, 1, 164) || x'00ff00ff' AS "
         "BLOB) WHERE face = 3",
         false},
        {"UPDATE thumbnails SET jpeg = CAST(substr(jpeg, 1, 50) || x'00ff00ff' || substr(jpeg, 55) "
         "AS BLOB) WHERE face = 3",
         false},
        {"UPDATE people SET sealed = CAST(substr(sealed, 1, 30) || x'00ff00ff' || "
         "substr(sealed, 35) AS BLOB)",
         false},
        /* nothing, too little, too much */
        {"UPDATE people SET sealed = NULL WHERE id = 1", false},
        {"UPDATE faces SET sealed = x'' WHERE id = 1", false},
        {"UPDATE faces SET sealed = zeroblob(2000000) WHERE id = 1", false},
        {"UPDATE embeddings SET vector = zeroblob(128) WHERE face = 1", false},
        {"UPDATE history SET sealed_actor = NULL WHERE id = 1", false},
    };
    (void)state;
    const char *key = new_key(), *whole = fresh_path();
    static char bytes[4 << 20];
    vultus_error error = {0};
    vultus_gallery_close(full_gallery(whole, key));
    size_t size = slurp(whole, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = fresh_path();
        vultus_faults faults = {0};
        spill(path, bytes, size);
        vultus_gallery *gallery = open_with(path, key);
        assert_ok(ask_all(gallery, &error), &error);
        assert_ok(vultus_gallery_check(gallery, NULL, &faults, &error), &error);
        assert_int_equal(faults.found, 0);
        execute(path, cases[i].sql);
        vultus_status status = ask_all(gallery, &error);
        if (!cases[i].checked &&
            (status != VULTUS_ERR_DATABASE || !strstr(error.message, "; restore a copy")))
            fail_msg("%s: status %d, %s", cases[i].sql, status, error.message);
        assert_ok(vultus_gallery_check(gallery, NULL, &faults, &error), &error);
        if (!faults.found)
            fail_msg("%s: not found by the check", cases[i].sql);
        vultus_faults_clear(&faults);
        vultus_gallery_close(gallery);
    }
    /* from another gallery with the same key */
    const char *path = fresh_path(), *other = fresh_path();
    char sql[4600];
    vultus_gallery_close(full_gallery(other, key));
    spill(path, bytes, size);
    snprintf(
        sql, sizeof sql,
        "ATTACH '%s' AS o; UPDATE embeddings SET vector = (SELECT vector FROM o.embeddings AS e "
        "WHERE e.face = embeddings.face) WHERE face = 1",
        other);
    execute(path, sql);
    vultus_gallery *gallery = open_with(path, key);
    assert_error(VULTUS_ERR_DATABASE, ask_all(gallery, &error), &error, "row 1 of faces");
    vultus_gallery_close(gallery);
    execute(path, "UPDATE protection SET version = 2");
    assert_closed(path, key, "update vultus");
    execute(path, "UPDATE protection SET version = 1, proof = x'00'");
    assert_closed(path, key, "row 1 of protection is damaged");
    execute(path, "DELETE FROM protection"); /* names are hashes now, and not believed */
    assert_closed(path, key, "is not encrypted");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_checked),
        cmocka_unit_test(galleries_open_to_their_key_only),
        cmocka_unit_test(files_tell_nothing),
        cmocka_unit_test(the_deleted_leave_no_hash),
        cmocka_unit_test(changed_rows_are_noticed),
    };
    if (encrypted()) {
        printf("SKIPPED: has its own keys\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
