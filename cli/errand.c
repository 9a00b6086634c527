/*
 * Runs work over many pictures with a progress bar, and ends it when a signal asks for it: the
 * result in hand is delivered, those behind it are dropped, and nothing new is begun. A second
 * signal of the same kind ends the process at once.
 */
#include "cli_session.h"
#include "command.h"
#include "console.h"

#include <signal.h>

static volatile sig_atomic_t signal_number;

static void on_signal(int number)
{
    signal_number = number;
}

void interrupts_watch(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction before, action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
        sigemptyset(&action.sa_mask);
        /* nohup and background jobs of scripts ignore some of them, and mean it */
        if (!sigaction(numbers[i], NULL, &before) && before.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
    }
}

int interrupted(void)
{
    return signal_number ? EXIT_SIGNAL + (int)signal_number : 0;
}

struct run {
    const struct errand *errand;
    int code;
};

static void *run_work(void *context, size_t index, unsigned worker)
{
    const struct run *run = context;
    (void)worker;
    return interrupted() ? NULL : run->errand->work(run->errand->context, index);
}

static void run_discard(void *context, void *result)
{
    const struct run *run = context;
    if (result)
        run->errand->discard(run->errand->context, result);
}

static bool run_deliver(void *context, size_t index, void *result)
{
    struct run *run = context;
    if (interrupted()) {
        run->code = interrupted();
        run_discard(run, result);
        return false;
    }
    if (!result) {
        complain("not enough memory");
        run->code = EXIT_ENVIRONMENT;
        return false;
    }
    run->code = run->errand->deliver(run->errand->context, index, result);
    progress_step(index + 1);
    return run->code == EXIT_DONE;
}

int session_run(struct session *session, const struct errand *errand)
{
    struct run run = {.errand = errand};
    struct conveyor conveyor = {.count = errand->count,
                                .work = run_work,
                                .deliver = run_deliver,
                                .discard = run_discard,
                                .context = &run};
    vultus_error error = {0};
    /* One picture has its threads inside the engine. */
    struct pool *pool = errand->count > 1 ? session->pool : NULL;
    progress_begin(errand->what, errand->count);
    vultus_status status = pool_convey(pool, &conveyor, &error);
    progress_end();
    if (status)
        return fail(&error);
    if (run.code >= EXIT_SIGNAL)
        complain("interrupted");
    return run.code;
}
