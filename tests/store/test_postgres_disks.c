/*
 * A server whose disk is full, and one that allows no changes: what was acknowledged is there, a batch is there as a whole
 * or not at all, messages are one line, and all goes on once there is room again.
 */
#include "disk.h"
#include "store_support.h"

#include <sys/stat.h>
#include <unistd.h>

#define MODEL "synthetic@00000001"
enum { DISK = 3 << 20, BATCH = 300, BATCHES_MAX = 1000 };

static const char *folder;
static char data[256]; /* the server's folder */

/* Of batch number `batch`, all of one person. */
static vultus_status import(vultus_gallery *gallery, unsigned batch, vultus_error *error)
{
    static vultus_face_record items[BATCH];
    static float embeddings[BATCH][DIMENSION];
    const char *names[BATCH];
    char name[32];
    snprintf(name, sizeof name, "person %u", batch);
    for (unsigned i = 0; i < BATCH; i++) {
        const vultus_sample *sample = fake_sample(batch * BATCH + i, MODEL, DIMENSION);
        memcpy(embeddings[i], sample->embedding, sizeof embeddings[i]);
        items[i] = (vultus_face_record){.embedder = (char *)MODEL,
                                        .embedding = embeddings[i],
                                        .dimension = DIMENSION,
                                        .face = sample->face};
        memcpy(items[i].picture, sample->picture, HASH_SIZE);
        names[i] = name;
    }
    return vultus_gallery_import(gallery, names, items, BATCH, NULL, error);
}

static void assert_batches(vultus_gallery *gallery, unsigned count)
{
    char name[32];
    vultus_people people = {0};
    vultus_error error = {0};
    assert_ok(vultus_gallery_people(gallery, &people, &error), &error);
    assert_int_equal(people.count, count);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(people.items[i].faces, BATCH);
    vultus_people_clear(&people);
    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof name, "person %u", i);
        assert_string_equal(fake_nearest(gallery, MODEL, i * BATCH + BATCH - 1), name);
    }
    assert_whole(gallery);
}

static void a_full_disk_refuses_and_loses_nothing(void **state)
{
    (void)state;
    char sql[4400];
    vultus_error error = {0};
    unsigned have = 0;
    snprintf(sql, sizeof sql, "CREATE TABLESPACE small LOCATION '%s/tables'", folder);
    postgres_execute(postgres_address(), sql);
    postgres_execute(postgres_address(), "ALTER DATABASE postgres SET default_tablespace = small");
    vultus_gallery *gallery = open_gallery(postgres_gallery(1));
    while (have < BATCHES_MAX && !import(gallery, have, &error))
        have++;
    assert_true(have > 0 && have < BATCHES_MAX);
    assert_int_equal(error.code, VULTUS_ERR_DATABASE);
    assert_non_null(strstr(error.message, "the server's disk is full; make room"));
    assert_null(strchr(error.message, '\n'));
    assert_batches(gallery, have);
    assert_true(disk_remake(4 * DISK, false));
    assert_ok(import(gallery, have, &error), &error);
    assert_batches(gallery, have + 1);
    vultus_gallery_close(gallery);
    postgres_execute(postgres_address(), "ALTER DATABASE postgres RESET default_tablespace");
}

/* A copy that follows another server answers, and refuses changes; it may become the one that takes them. */
static void a_server_that_allows_no_changes_can_be_searched(void **state)
{
    (void)state;
    vultus_error error = {0};
    char signal[4400];
    snprintf(signal, sizeof signal, "%s/standby.signal", data);
    vultus_gallery *gallery = open_gallery(postgres_gallery(2));
    assert_ok(import(gallery, 0, &error), &error);
    postgres_stop();
    spill(signal, "", 0);
    postgres_start();
    assert_batches(gallery, 1);
    assert_error(VULTUS_ERR_DATABASE, import(gallery, 1, &error), &error,
                 "the server allows no changes; connect to the one that may be written");
    assert_null(strchr(error.message, '\n'));
    assert_batches(gallery, 1);
    postgres_execute(postgres_address(), "SELECT pg_promote()");
    assert_ok(import(gallery, 1, &error), &error);
    assert_batches(gallery, 2);
    vultus_gallery_close(gallery);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_refuses_and_loses_nothing),
        cmocka_unit_test(a_server_that_allows_no_changes_can_be_searched),
    };
    folder = disk_make(DISK);
    if (!folder)
        return 77;
    postgres_address(); /* now: it is to see the disk */
    struct stat owner;
    char tables[4300];
    const char *at = strstr(postgres_address(), "host=") + strlen("host=");
    snprintf(data, sizeof data, "%.*s/data", (int)strcspn(at, "&"), at);
    snprintf(tables, sizeof tables, "%s/tables", folder);
    if (stat(data, &owner) || mkdir(tables, 0700) || chown(tables, owner.st_uid, owner.st_gid) ||
        chmod(folder, 0711) || chmod(support_folder(), 0711)) {
        fprintf(stderr, "the server cannot have the disk\n");
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    disk_drop();
    return failed;
}
