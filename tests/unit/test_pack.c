/*
 * Packs: a network that is not the file of its contract is refused, and every message says what to
 * do. The packs are made on the spot; their networks are text, for only hashes are looked at.
 */
#include "base/memory.h"
#include "model/pack.h"
#include "support.h"

#include <sys/stat.h>
#include <unistd.h>

static const char manifest[] =
    "{\"format\":1,\"name\":\"%s\",\"models\":[{\"id\":\"emb\",\"kind\":\"embedder\","
    "\"input\":{\"layout\":\"NCHW\",\"colour\":\"RGB\",\"mean\":[0,0,0],\"scale\":[1,1,1],"
    "\"width\":112,\"height\":112},\"networks\":[{\"role\":\"embedding\",\"file\":\"e.onnx\","
    "\"input\":\"in\",\"outputs\":[\"out\"]%s}],\"output\":{\"dimension\":128},"
    "\"alignment\":{\"width\":112,\"height\":112,"
    "\"template\":[[38,51],[73,51],[56,71],[41,92],[70,92]]},"
    "\"metric\":\"cosine\",\"threshold\":0.4}]}";

static void put(const char *folder, const char *name, const char *text)
{
    vultus_error error = {0};
    assert_ok(file_make_folders(folder, &error), &error);
    assert_ok(file_write(support_join(folder, name), text, strlen(text), &error), &error);
}

/* support_join has eight places only; this one stays until the next but one. */
static const char *fresh_folder(void)
{
    static char paths[2][FILE_PATH_MAX];
    static unsigned next;
    char *path = paths[next % 2];
    snprintf(path, FILE_PATH_MAX, "%s/f%u", support_folder(), next++);
    return path;
}

static void hash_member(const char *text, char *out, size_t size)
{
    uint8_t hash[HASH_SIZE];
    char hex[HASH_HEX_SIZE];
    vultus_error error = {0};
    assert_ok(hash_bytes(text, strlen(text), hash, &error), &error);
    hash_hex(hash, hex);
    snprintf(out, size, ",\"sha256\":\"%s\"", hex);
}

/* FOLDER/NAME with a network that is "network", and the hash of `hashed` (NULL: none). */
static void make_pack(const char *folder, const char *name, const char *inner_name,
                      const char *hashed)
{
    char text[2000], member[100] = "";
    if (hashed)
        hash_member(hashed, member, sizeof member);
    snprintf(text, sizeof text, manifest, inner_name, member);
    put(support_join(folder, name), PACK_MANIFEST, text);
    put(support_join(folder, name), "e.onnx", "network");
}

static void a_pack_is_read(void **state)
{
    struct contract_pack pack;
    struct buffer bytes;
    vultus_error error = {0};
    const char *folder = fresh_folder();
    (void)state;
    make_pack(folder, "mine", "mine", "network");
    assert_ok(pack_read(folder, "mine", &pack, &error), &error);
    assert_string_equal(pack.name, "mine");
    assert_ok(pack_read_network(folder, "mine", &pack.models[0].networks[0], &bytes, &error),
              &error);
    assert_string_equal((const char *)bytes.data, "network");
    buffer_clear(&bytes);
    contract_clear(&pack);
}

static void what_is_missing_is_named(void **state)
{
    struct contract_pack pack;
    struct buffer bytes;
    vultus_error error = {0};
    const char *folder = fresh_folder();
    (void)state;
    assert_error(VULTUS_ERR_MODEL, pack_read(folder, "mobile", &pack, &error), &error,
                 "model pack mobile is not installed; run: vultus models install mobile");
    assert_error(VULTUS_ERR_MODEL, pack_read(folder, "nonsense", &pack, &error), &error,
                 "there is no model pack nonsense; installed: none; see: vultus models list");
    assert_error(VULTUS_ERR_ARGUMENT, pack_read(folder, "../up", &pack, &error), &error,
                 "\"../up\" is not a pack's name");
    assert_error(VULTUS_ERR_ARGUMENT, pack_read(folder, "", &pack, &error), &error,
                 "not a pack's name");
    make_pack(folder, "mine", "mine", "network");
    assert_error(VULTUS_ERR_MODEL, pack_read(folder, "nonsense", &pack, &error), &error,
                 "installed: mine;");
    assert_ok(pack_read(folder, "mine", &pack, &error), &error);
    assert_int_equal(unlink(support_join(folder, "mine/e.onnx")), 0);
    assert_error(VULTUS_ERR_MODEL,
                 pack_read_network(folder, "mine", &pack.models[0].networks[0], &bytes, &error),
                 &error, "e.onnx is missing; run: vultus models install mine --force");
    contract_clear(&pack);
    put(support_join(folder, "mine"), PACK_MANIFEST, "{");
    assert_error(VULTUS_ERR_FORMAT, pack_read(folder, "mine", &pack, &error), &error,
                 "mine/pack.json:1: not JSON");
    assert_int_equal(unlink(support_join(folder, "mine/pack.json")), 0);
    assert_int_equal(mkdir(support_join(folder, "mine/pack.json"), 0700), 0);
    assert_error(VULTUS_ERR_IO, pack_read(folder, "mine", &pack, &error), &error, "is a folder");
}

static void what_can_be_installed_is_known(void **state)
{
    struct file_list folders = {0};
    vultus_error error = {0};
    size_t packs = 0;
    (void)state;
    assert_ok(file_list_folder(support_source("models"), FILE_LIST_FOLDERS, &folders, &error),
              &error);
    for (size_t i = 0; i < folders.count; i++) {
        bool pack = file_exists(support_join(folders.items[i], PACK_MANIFEST));
        packs += pack;
        assert_int_equal(pack_published(file_name(folders.items[i])), pack);
    }
    assert_int_equal(packs, 6);
    file_list_clear(&folders);
}

static void lists_of_names_end(void **state)
{
    char list[PACK_NAMES_SIZE] = "";
    (void)state;
    pack_add_name(list, "a");
    pack_add_name(list, "b");
    assert_string_equal(list, "a, b");
    for (size_t i = 0; i < 40; i++)
        pack_add_name(list, "abcdef");
    assert_true(strlen(list) < sizeof list);
    assert_string_equal(list + strlen(list) - 13, ", abcdef, ...");
}

static void another_file_is_refused(void **state)
{
    struct contract_pack pack;
    struct buffer bytes;
    vultus_error error = {0};
    const char *folder = fresh_folder();
    (void)state;
    long live = mem_live();
    for (int with_hash = 0; with_hash <= 1;
         with_hash++) { /* one without a hash is not safe either */
        make_pack(folder, "mine", "mine", with_hash ? "another" : NULL);
        assert_ok(pack_read(folder, "mine", &pack, &error), &error);
        assert_error(VULTUS_ERR_MODEL,
                     pack_read_network(folder, "mine", &pack.models[0].networks[0], &bytes, &error),
                     &error, "SHA-256 differs");
        assert_non_null(strstr(error.message, "mine/e.onnx"));
        assert_non_null(strstr(error.message, "vultus models install mine --force"));
        contract_clear(&pack);
    }
    assert_int_equal(mem_live(), live);
}

/* A pack is what its folder is called: a copy with a name of its own reads its own networks. */
static void a_renamed_pack_is_itself(void **state)
{
    struct contract_pack pack;
    vultus_error error = {0};
    const char *folder = fresh_folder();
    (void)state;
    make_pack(folder, "copy", "original", "network");
    assert_ok(pack_read(folder, "copy", &pack, &error), &error);
    assert_string_equal(pack.name, "copy");
    contract_clear(&pack);
}

static void the_folder_is_chosen(void **state)
{
    char out[40];
    vultus_error error = {0};
    (void)state;
    setenv("XDG_DATA_HOME", "/data", 1);
    setenv("VULTUS_MODELS", "/models", 1);
    assert_ok(pack_folder("given", out, sizeof out, &error), &error);
    assert_string_equal(out, "given");
    assert_ok(pack_folder(NULL, out, sizeof out, &error), &error);
    assert_string_equal(out, "/models");
    setenv("VULTUS_MODELS", "", 1);
    assert_ok(pack_folder("", out, sizeof out, &error), &error);
    assert_string_equal(out, "/data/vultus/models");
    assert_error(
        VULTUS_ERR_LIMIT,
        pack_folder("a path that has more than forty bytes in it", out, sizeof out, &error), &error,
        "too long");
    unsetenv("VULTUS_MODELS");
    unsetenv("XDG_DATA_HOME");
}

/* ---- making a pack of what somebody has */

static const char *fresh_stage(void)
{
    vultus_error error = {0};
    const char *stage = fresh_folder();
    assert_ok(file_make_folders(stage, &error), &error);
    return stage;
}

static void a_folder_becomes_a_pack(void **state)
{
    struct contract_pack pack;
    struct buffer bytes;
    vultus_error error = {0};
    char name[CONTRACT_NAME_MAX + 1];
    (void)state;
    long live = mem_live();
    for (int renamed = 0; renamed <= 1; renamed++) {
        char folder[FILE_PATH_MAX], stage[FILE_PATH_MAX];
        snprintf(folder, sizeof folder, "%s", fresh_folder());
        snprintf(stage, sizeof stage, "%s", fresh_stage());
        make_pack(folder, "theirs", "theirs", NULL); /* no hash: it is filled in */
        struct pack_source source = {.folder = support_join(folder, "theirs"),
                                     .name = renamed ? "mine" : NULL};
        assert_ok(pack_stage(&source, stage, name, &error), &error);
        assert_string_equal(name, renamed ? "mine" : "theirs");
        assert_ok(pack_read(stage, name, &pack, &error), &error);
        assert_string_equal(pack.name, name);
        assert_int_equal(pack.models[0].networks[0].bytes, 7);
        assert_ok(pack_read_network(stage, name, &pack.models[0].networks[0], &bytes, &error),
                  &error);
        buffer_clear(&bytes);
        contract_clear(&pack);
    }
    assert_int_equal(mem_live(), live);
}

static void one_network_becomes_a_pack(void **state)
{
    struct contract_pack pack;
    vultus_error error = {0};
    char name[CONTRACT_NAME_MAX + 1], contract[FILE_PATH_MAX], network[FILE_PATH_MAX];
    char stage[FILE_PATH_MAX], folder[FILE_PATH_MAX];
    (void)state;
    snprintf(folder, sizeof folder, "%s", fresh_folder());
    make_pack(folder, "x", "face", "network");
    put(folder, "any name.onnx", "network");
    snprintf(contract, sizeof contract, "%s", support_join(folder, "x/pack.json"));
    snprintf(network, sizeof network, "%s", support_join(folder, "any name.onnx"));
    snprintf(stage, sizeof stage, "%s", fresh_stage());
    struct pack_source source = {.network = network, .contract = contract};
    assert_ok(pack_stage(&source, stage, name, &error), &error);
    assert_string_equal(name, "face");
    assert_ok(pack_read(stage, name, &pack, &error), &error);
    contract_clear(&pack);

    snprintf(stage, sizeof stage, "%s", fresh_stage());
    put(folder, "any name.onnx", "another");
    assert_error(VULTUS_ERR_MODEL, pack_stage(&source, stage, name, &error), &error,
                 "any name.onnx is not the file that the contract names");
    source.name = "no/name";
    assert_error(VULTUS_ERR_ARGUMENT, pack_stage(&source, stage, name, &error), &error, "no/name");
    source.name = NULL;
    source.contract = "/nowhere.json";
    assert_error(VULTUS_ERR_IO, pack_stage(&source, stage, name, &error), &error, "/nowhere.json");
    source.contract = support_source("models/mobile/pack.json");
    assert_error(VULTUS_ERR_FORMAT, pack_stage(&source, stage, name, &error), &error,
                 "describes more than one network");
}

static void staging_survives_without_memory(void **state)
{
    vultus_error error = {0};
    char name[CONTRACT_NAME_MAX + 1], folder[FILE_PATH_MAX];
    (void)state;
    snprintf(folder, sizeof folder, "%s", fresh_folder());
    make_pack(folder, "x", "x", "network");
    char source_folder[FILE_PATH_MAX + 8];
    snprintf(source_folder, sizeof source_folder, "%s/x", folder);
    struct pack_source source = {.folder = source_folder};
    long live = mem_live();
    bool failed = true;
    for (long n = 1; failed; n++) {
        const char *stage = fresh_stage();
        mem_fail_after(n, false);
        vultus_status status = pack_stage(&source, stage, name, &error);
        failed = mem_failed();
        mem_fail_after(0, false);
        assert_int_equal(status, failed ? VULTUS_ERR_MEMORY : VULTUS_OK);
        assert_int_equal(mem_live(), live);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pack_is_read),
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(what_can_be_installed_is_known),
        cmocka_unit_test(lists_of_names_end),
        cmocka_unit_test(another_file_is_refused),
        cmocka_unit_test(a_renamed_pack_is_itself),
        cmocka_unit_test(the_folder_is_chosen),
        cmocka_unit_test(a_folder_becomes_a_pack),
        cmocka_unit_test(one_network_becomes_a_pack),
        cmocka_unit_test(staging_survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
