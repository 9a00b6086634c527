/* Another key for a gallery: all is as before, the old key opens it no more, and whoever is killed leaves one of both. */
#define _GNU_SOURCE /* memmem */
#include "store_support.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define MODEL "synthetic@00000001"
#define FACES 40

static unsigned rounds = 60;

static vultus_gallery *open_with(const char *path, const char *key)
{
    vultus_error error = {0};
    const vultus_gallery_options options = {.key_file = key};
    vultus_gallery *gallery = NULL;
    assert_ok(vultus_gallery_open(path, &options, &gallery, &error), &error);
    return gallery;
}

static void fill(vultus_gallery *gallery)
{
    vultus_error error = {0};
    char name[32];
    for (uint64_t i = 0; i < FACES; i++) {
        snprintf(name, sizeof name, "a person %u", (unsigned)(i / 4));
        enroll(gallery, name, i, MODEL);
        assert_ok(vultus_gallery_set_fact(gallery, name, VULTUS_FACT_TAG, i % 2 ? "odd" : "even",
                                          "", &error),
                  &error);
    }
    assert_ok(vultus_gallery_set_fact(gallery, "a person 1", VULTUS_FACT_RETAIN, NULL,
                                      "2099-01-01T00:00:00Z", &error),
              &error);
    assert_ok(vultus_gallery_set_fact(gallery, "a person 1", VULTUS_FACT_RETAIN, NULL,
                                      "2098-01-01T00:00:00Z", &error),
              &error);
    assert_ok(vultus_gallery_refuse(gallery, "a person 2",
                                    fake_sample(1, MODEL, DIMENSION)->picture, true, &error),
              &error);
    assert_ok(vultus_gallery_merge(gallery, "a person 8", "a person 9", &error), &error);
    assert_ok(vultus_gallery_rename(gallery, "a person 7", "somebody else", &error), &error);
}

/* All that can be asked, as one text. */
static void tell(vultus_gallery *gallery, char *out, size_t size)
{
    vultus_error error = {0};
    vultus_people people = {0};
    vultus_changes changes = {0};
    vultus_faults faults = {0};
    size_t at = 0;
    assert_ok(vultus_gallery_check(gallery, NULL, &faults, &error), &error);
    if (faults.found)
        fail_msg("%s", faults.items[0]);
    assert_ok(vultus_gallery_people(gallery, &people, &error), &error);
    for (size_t i = 0; i < people.count; i++) {
        vultus_face_records records = {0};
        vultus_facts facts = {0};
        const char *name = people.items[i].name;
        at += (size_t)snprintf(out + at, size - at, "%s:", name);
        assert_ok(vultus_gallery_faces(gallery, name, &records, &error), &error);
        assert_ok(vultus_gallery_facts(gallery, name, &facts, &error), &error);
        for (size_t j = 0; j < records.count; j++)
            at += (size_t)snprintf(out + at, size - at, " %lld %s %.9g %.9g %02x%02x %02x %s",
                                   (long long)records.items[j].id, records.items[j].source,
                                   (double)records.items[j].embedding[0],
                                   (double)records.items[j].face.landmarks[1].x,
                                   records.items[j].picture[0], records.items[j].picture[31],
                                   records.items[j].thumbnail[199], records.items[j].created);
        for (size_t j = 0; j < facts.count; j++)
            at += (size_t)snprintf(out + at, size - at, " %s=%s", facts.items[j].key,
                                   facts.items[j].value);
        vultus_face_records_clear(&records);
        vultus_facts_clear(&facts);
    }
    assert_ok(vultus_gallery_changes(gallery, NULL, 500, &changes, &error), &error);
    for (size_t i = 0; i < changes.count; i++)
        at += (size_t)snprintf(out + at, size - at, " %s %s %s %s %s", changes.items[i].action,
                               changes.items[i].actor,
                               changes.items[i].name ? changes.items[i].name : "-",
                               changes.items[i].before ? changes.items[i].before : "-",
                               changes.items[i].after ? changes.items[i].after : "-");
    assert_true(at < size);
    vultus_changes_clear(&changes);
    vultus_people_clear(&people);
}

static bool file_has(const char *path, const char *text)
{
    static char all[8 << 20];
    FILE *file = fopen(path, "rb");
    size_t count = file ? fread(all, 1, sizeof all, file) : 0;
    if (file)
        fclose(file);
    return memmem(all, count, text, strlen(text)) != NULL;
}

static char before[1 << 17], after[1 << 17];

static void keys_are_changed(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_gallery *none = NULL;
    char log[4200], action[32];
    const char *path = fresh_path(), *first = new_key(), *second = new_key();
    const char *const keys[] = {first, second, NULL, second, NULL};
    const char *key = NULL;
    snprintf(log, sizeof log, "%s-wal", path);
    vultus_gallery *gallery = open_with(path, NULL);
    fill(gallery);
    tell(gallery, before, sizeof before);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        vultus_gallery *reader = open_with(path, key);
        assert_int_equal(faces_of(reader, "somebody else"), 4);
        assert_ok(vultus_gallery_rekey(gallery, keys[i], NULL, &error), &error);
        tell(gallery, after, sizeof after);
        assert_string_equal(before, after);
        assert_string_equal(fake_nearest(gallery, MODEL, 30), "somebody else");
        assert_true(file_has(path, "somebody else") == !keys[i]);
        assert_false(keys[i] && file_has(log, "somebody else"));
        vultus_people people = {0};
        assert_error(VULTUS_ERR_DATABASE, vultus_gallery_people(reader, &people, &error), &error,
                     "has got another key meanwhile");
        assert_error(VULTUS_ERR_DATABASE, vultus_gallery_delete(reader, "somebody else", &error),
                     &error, "another key");
        vultus_gallery_close(reader);
        const vultus_gallery_options old = {.key_file = key};
        assert_error(VULTUS_ERR_DATABASE, vultus_gallery_open(path, &old, &none, &error), &error,
                     "encrypted");
        key = keys[i];
        vultus_gallery_close(gallery);
        gallery = open_with(path, key);
    }
    /* what was there before all of this can still be taken back */
    for (size_t i = 0; i < 6; i++)
        assert_ok(vultus_gallery_undo(gallery, action, &error), &error);
    assert_int_equal(faces_of(gallery, "a person 7"), 4);
    assert_int_equal(faces_of(gallery, "a person 8"), 4);
    assert_error(VULTUS_ERR_IO, vultus_gallery_rekey(gallery, "/nowhere/key", NULL, &error), &error,
                 "No such file");
    vultus_gallery_close(gallery);
}

/* With the changes of an encrypted gallery taken back after it got another key. */
static void changes_are_taken_back_with_another_key(void **state)
{
    (void)state;
    vultus_error error = {0};
    char action[32];
    const char *path = fresh_path(), *first = new_key(), *second = new_key();
    vultus_gallery *gallery = open_with(path, first);
    fill(gallery);
    tell(gallery, before, sizeof before);
    assert_ok(vultus_gallery_rekey(gallery, second, NULL, &error), &error);
    tell(gallery, after, sizeof after);
    assert_string_equal(before, after);
    while (!vultus_gallery_undo(gallery, action, &error))
        tell(gallery, after, sizeof after);
    assert_int_equal(error.code, VULTUS_ERR_NOT_FOUND);
    for (unsigned i = 0; i < FACES / 4; i++) {
        char name[32];
        snprintf(name, sizeof name, "a person %u", i);
        assert_int_equal(faces_of(gallery, name), 4);
    }
    vultus_gallery_close(gallery);
}

static bool stop_at_once(void *context, size_t done, size_t total)
{
    (void)context, (void)done, (void)total;
    return false;
}

static void what_is_interrupted_changes_nothing(void **state)
{
    (void)state;
    vultus_error error = {0};
    const vultus_progress stop = {.step = stop_at_once};
    const char *path = fresh_path(), *first = new_key(), *second = new_key();
    vultus_gallery *gallery = open_with(path, first);
    fill(gallery);
    tell(gallery, before, sizeof before);
    assert_error(VULTUS_ERR_CANCELLED, vultus_gallery_rekey(gallery, second, &stop, &error), &error,
                 "interrupted");
    tell(gallery, after, sizeof after);
    assert_string_equal(before, after);
    vultus_gallery_close(gallery);
    vultus_gallery_close(open_with(path, first));
}

/* Each of our allocations fails in turn. */
static void memory_may_run_out(void **state)
{
    (void)state;
    const char *path = fresh_path(), *key = new_key();
    const char *keys[] = {key, NULL};
    vultus_gallery *gallery = open_with(path, NULL);
    fill(gallery);
    tell(gallery, before, sizeof before);
    vultus_gallery_close(gallery);
    unsigned has = 1; /* none */
    bool failed = true;
    long refused = 0;
    for (long n = 1; failed; n += 1 + n / 12) {
        vultus_error error = {0};
        long live = mem_live();
        gallery = open_with(path, keys[has]);
        mem_fail_after(n, false);
        vultus_status status = vultus_gallery_rekey(gallery, keys[!has], NULL, &error);
        failed = mem_failed();
        mem_fail_after(0, false);
        if (status && (!failed || status != VULTUS_ERR_MEMORY))
            fail_msg("allocation %ld: status %d: %s", n, status, error.message);
        refused += status != VULTUS_OK;
        vultus_gallery_close(gallery);
        assert_int_equal(mem_live(), live);
        if (!status || strstr(error.message, "has the new key"))
            has = !has;
        gallery = open_with(path, keys[has]);
        tell(gallery, after, sizeof after);
        assert_string_equal(before, after);
        vultus_gallery_close(gallery);
    }
    assert_true(refused > 20);
}

static void change_for_ever(const char *path, const char *const keys[2], unsigned has)
{
    for (;; has = !has) {
        vultus_error error = {0};
        const vultus_gallery_options options = {.key_file = keys[has]};
        vultus_gallery *gallery = NULL;
        if (vultus_gallery_open(path, &options, &gallery, &error) ||
            vultus_gallery_rekey(gallery, keys[!has], NULL, &error)) {
            fprintf(stderr, "%s\n", error.message);
            _exit(3);
        }
        vultus_gallery_close(gallery);
    }
}

static void the_killed_leave_one_of_both_keys(void **state)
{
    (void)state;
    uint64_t random = 1;
    const char *path = fresh_path();
    const char *const keys[] = {new_key(), new_key()};
    unsigned has = 0, counts[2] = {0};
    vultus_gallery *gallery = open_with(path, keys[0]);
    fill(gallery);
    tell(gallery, before, sizeof before);
    vultus_gallery_close(gallery);
    for (unsigned round = 0; round < rounds; round++) {
        int result;
        pid_t child = fork();
        assert_true(child >= 0);
        if (!child)
            change_for_ever(path, keys, has);
        const struct timespec pause = {.tv_nsec = (long)(next_random(&random) % 90000000)};
        nanosleep(&pause, NULL);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &result, 0), child);
        if (!WIFSIGNALED(result))
            fail_msg("round %u: the child ended by itself: %d", round, WEXITSTATUS(result));
        const vultus_gallery_options options = {.key_file = keys[0]};
        vultus_error error = {0};
        has = vultus_gallery_open(path, &options, &gallery, &error) ? 1 : 0;
        if (has && !strstr(error.message, "another key"))
            fail_msg("round %u: %s", round, error.message);
        if (has)
            gallery = open_with(path, keys[1]);
        counts[has]++;
        tell(gallery, after, sizeof after);
        assert_string_equal(before, after);
        vultus_gallery_close(gallery);
    }
    print_message("killed %u times: %u old, %u new keys\n", rounds, counts[0], counts[1]);
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "--runs"))
        rounds = (unsigned)strtoul(argv[2], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_changed),
        cmocka_unit_test(changes_are_taken_back_with_another_key),
        cmocka_unit_test(what_is_interrupted_changes_nothing),
        cmocka_unit_test(memory_may_run_out),
        cmocka_unit_test(the_killed_leave_one_of_both_keys),
    };
    if (encrypted()) {
        printf("SKIPPED: has its own keys\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
