/* Workspaces on the disk and who uses one; records of runs, which one serves, and what a process left behind. */
#include "support.h"

#include "base/clock.h"
#include "base/memory.h"
#include "server/runs.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct workspaces open_workspaces(const char *name)
{
    struct workspaces workspaces = {0};
    vultus_error error = {0};
    assert_ok(workspaces_init(&workspaces, support_join(support_folder(), name), NULL, &error),
              &error);
    return workspaces;
}

static uint64_t soon(void)
{
    return clock_ns() + 50000000u;
}

static void ids_are_no_paths(void **state)
{
    static const char *const good[] = {"a", "0", "user-1", "a.b_c", "z..z"};
    static const char *const bad[] = {"",   ".",   "..", "-a",  "_a", "A",
                                      "a/", "a b", "ä",  "a+b", "a%"};
    char longest[WORKSPACE_ID_MAX + 2];
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(workspace_id_good(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(workspace_id_good(bad[i]));
    memset(longest, 'x', sizeof longest);
    longest[WORKSPACE_ID_MAX + 1] = '\0';
    assert_false(workspace_id_good(longest));
    longest[WORKSPACE_ID_MAX] = '\0';
    assert_true(workspace_id_good(longest));
}

static void *leave_later(void *context)
{
    usleep(20000);
    workspace_leave(context);
    return NULL;
}

static void one_is_held_by_many_or_alone(void **state)
{
    struct workspaces all = open_workspaces("held");
    struct workspace first, second, alone;
    vultus_error error = {0};
    pthread_t thread;
    (void)state;
    assert_error(VULTUS_ERR_NOT_FOUND,
                 workspace_enter(&all, "w", WORKSPACE_THERE, soon(), &first, &error), &error,
                 "there is no workspace w");
    assert_ok(workspace_enter(&all, "w", WORKSPACE_MADE, soon(), &first, &error), &error);
    assert_ok(workspace_enter(&all, "w", WORKSPACE_THERE, soon(), &second, &error), &error);
    workspace_leave(&second);
    assert_error(VULTUS_ERR_BUSY,
                 workspace_enter(&all, "w", WORKSPACE_ALONE, soon(), &alone, &error), &error,
                 "is being used");
    assert_int_equal(pthread_create(&thread, NULL, leave_later, &first), 0);
    assert_ok(
        workspace_enter(&all, "w", WORKSPACE_ALONE, clock_ns() + 10000000000u, &alone, &error),
        &error);
    pthread_join(thread, NULL);
    assert_error(VULTUS_ERR_BUSY,
                 workspace_enter(&all, "w", WORKSPACE_THERE, soon(), &second, &error), &error,
                 "is being used");
    assert_ok(workspace_erase(&alone, &error), &error);
    workspace_leave(&alone);
    assert_null(all.holds);
    assert_false(file_exists(first.folder));
    workspaces_clear(&all);
}

static json_t *record(int64_t number, const char *state, double accuracy, const char *embedder)
{
    return json_pack("{s:I, s:s, s:{s:f, s:f, s:s}}", "job", (json_int_t)number, "state", state,
                     "result", "accuracy", accuracy, "log_loss", 0.5, "embedder", embedder);
}

static void add(const struct workspace *workspace, const char *state, double accuracy,
                const char *embedder, int64_t wanted)
{
    char model[FILE_PATH_MAX];
    int64_t number = 0;
    vultus_error error = {0};
    assert_ok(runs_begin(workspace, &number, &error), &error);
    assert_int_equal(number, wanted);
    assert_ok(runs_write(workspace, number, record(number, state, accuracy, embedder), &error),
              &error);
    assert_ok(runs_model(workspace, number, model, sizeof model, &error), &error);
    assert_ok(file_write(model, "model", 5, &error), &error);
}

static void serves(const struct workspace *workspace, int64_t run, int64_t chosen)
{
    struct run_choice choice;
    vultus_error error = {0};
    assert_ok(runs_serving(workspace, "ours", &choice, &error), &error);
    assert_int_equal(choice.serving, run);
    assert_int_equal(choice.chosen, chosen);
}

static void the_best_or_the_chosen_run_serves(void **state)
{
    struct workspaces all = open_workspaces("serving");
    struct workspace workspace;
    char model[FILE_PATH_MAX], stray[FILE_PATH_MAX + 8];
    int64_t number;
    vultus_error error = {0};
    (void)state;
    assert_ok(workspace_enter(&all, "w", WORKSPACE_MADE, soon(), &workspace, &error), &error);
    serves(&workspace, 0, 0);
    add(&workspace, "done", 0.8, "ours", 1);
    add(&workspace, "done", 0.9, "ours", 2);
    add(&workspace, "done", 0.9, "ours", 3);
    add(&workspace, "failed", 0.99, "ours", 4);
    add(&workspace, "done", 0.99, "another", 5);
    serves(&workspace, 3, 0); /* of equal ones the latest */
    assert_ok(runs_choose(&workspace, "ours", 1, &error), &error);
    serves(&workspace, 1, 1);
    assert_error(VULTUS_ERR_NOT_FOUND, runs_choose(&workspace, "ours", 4, &error), &error, "run 4");
    assert_error(VULTUS_ERR_NOT_FOUND, runs_choose(&workspace, "ours", 9, &error), &error, "run 9");
    assert_error(VULTUS_ERR_MISMATCH, runs_choose(&workspace, "ours", 5, &error), &error,
                 "another embedder");
    assert_ok(runs_remove(&workspace, 1, &error), &error);
    assert_error(VULTUS_ERR_NOT_FOUND, runs_remove(&workspace, 1, &error), &error, "run 1");
    serves(&workspace, 3, 0);
    assert_ok(runs_model(&workspace, 1, model, sizeof model, &error), &error);
    assert_false(file_exists(model));
    assert_ok(runs_model(&workspace, 2, model, sizeof model, &error), &error);
    snprintf(stray, sizeof stray, "%s.AbCdEf", model);
    assert_ok(file_write(stray, "half", 4, &error), &error);
    assert_ok(runs_tidy(&workspace, &error), &error);
    assert_true(file_exists(model) && !file_exists(stray));
    assert_ok(runs_remove(&workspace, 5, &error), &error);
    assert_ok(runs_begin(&workspace, &number, &error), &error);
    assert_int_equal(number, 6);
    workspace_leave(&workspace);
    workspaces_clear(&all);
}

static void what_a_process_left_is_interrupted(void **state)
{
    struct workspaces first = open_workspaces("left"), second = open_workspaces("left");
    struct workspace mine, later;
    json_t *read = NULL, *list = NULL;
    vultus_error error = {0};
    (void)state;
    assert_ok(workspace_enter(&first, "w", WORKSPACE_MADE, soon(), &mine, &error), &error);
    assert_ok(workspace_enter(&second, "w", WORKSPACE_THERE, soon(), &later, &error), &error);
    add(&mine, "running", 0, "ours", 1);
    add(&mine, "done", 0, "ours", 2);
    assert_ok(runs_read(&mine, 1, &read, &error), &error);
    assert_int_equal(run_state(read), RUN_RUNNING);
    json_decref(read);
    assert_ok(runs_read(&later, 1, &read, &error), &error);
    assert_int_equal(run_state(read), RUN_INTERRUPTED);
    json_decref(read);
    assert_ok(runs_list(&later, &list, &error), &error);
    assert_int_equal(json_array_size(list), 2);
    assert_int_equal(run_state(json_array_get(list, 0)), RUN_DONE);
    json_decref(list);
    assert_ok(file_write(support_join(mine.folder, "run-3.json"), "{", 1, &error), &error);
    assert_error(VULTUS_ERR_DATABASE, runs_read(&mine, 3, &read, &error), &error, "damaged");
    assert_ok(runs_list(&mine, &list, &error), &error);
    assert_int_equal(json_array_size(list), 2);
    json_decref(list);
    workspace_leave(&mine);
    workspace_leave(&later);
    workspaces_clear(&first);
    workspaces_clear(&second);
}

static void an_erasure_is_finished_by_the_next(void **state)
{
    struct workspaces all = open_workspaces("erased");
    struct workspace workspace;
    struct file_list ids;
    char gone[FILE_PATH_MAX + 8];
    vultus_error error = {0};
    (void)state;
    assert_ok(workspace_enter(&all, "w", WORKSPACE_MADE, soon(), &workspace, &error), &error);
    add(&workspace, "done", 1, "ours", 1);
    workspace_leave(&workspace);
    snprintf(gone, sizeof gone, "%s+erased", workspace.folder);
    assert_int_equal(rename(workspace.folder, gone), 0);
    assert_ok(workspaces_list(&all, &ids, &error), &error);
    assert_int_equal(ids.count, 0);
    file_list_clear(&ids);
    workspaces_clear(&all);
    all = open_workspaces("erased");
    assert_false(file_exists(gone));
    workspaces_clear(&all);
}

static void memory_may_run_out(void **state)
{
    struct workspaces all = open_workspaces("memory");
    struct workspace workspace;
    json_t *list = NULL;
    vultus_error error = {0};
    (void)state;
    assert_ok(workspace_enter(&all, "w", WORKSPACE_MADE, soon(), &workspace, &error), &error);
    add(&workspace, "done", 1, "ours", 1);
    long live = mem_live();
    for (long n = 1;; n++) {
        mem_fail_after(n, true);
        vultus_status status = runs_list(&workspace, &list, &error);
        bool failed = mem_failed();
        mem_fail_after(0, false);
        if (!status)
            json_decref(list);
        assert_int_equal(mem_live(), live);
        if (!failed)
            break;
    }
    workspace_leave(&workspace);
    workspaces_clear(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_no_paths),
        cmocka_unit_test(one_is_held_by_many_or_alone),
        cmocka_unit_test(the_best_or_the_chosen_run_serves),
        cmocka_unit_test(what_a_process_left_is_interrupted),
        cmocka_unit_test(an_erasure_is_finished_by_the_next),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
