/*
 * Messages, the progress bar and the state of standard output. A process has one terminal, so this
 * is the one file of the program with state of its own.
 */
#include "console.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "command.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LINE_SIZE 16384                /* a path of 4096 bytes and a message, with room */
#define BAR_AFTER UINT64_C(1000000000) /* quick work needs no bar */
#define BAR_EVERY UINT64_C(100000000)
#define LINE_EVERY UINT64_C(250000000)

static struct {
    bool quiet, bar;
    bool shown; /* the bar is on the screen */
    const char *what;
    size_t total, done;
    uint64_t begin, drawn;
    int failure; /* errno of the first write to standard output that failed */
} console;

void console_setup(void)
{
    /* A closed standard stream would give its number to the next file that is opened: messages and
     * answers would be written into the gallery. */
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF && open("/dev/null", O_RDONLY) != fd)
            _exit(EXIT_ENVIRONMENT);
    signal(SIGPIPE, SIG_IGN);
    text_setup();
}

void console_configure(bool quiet, bool progress)
{
    console.quiet = quiet;
    console.bar = progress && !quiet && isatty(STDERR_FILENO);
}

static void hide_bar(void)
{
    if (console.shown)
        fputs("\r\033[K", stderr);
    console.shown = false;
}

static size_t columns_of_terminal(void)
{
    struct winsize window;
    return !ioctl(STDERR_FILENO, TIOCGWINSZ, &window) && window.ws_col ? window.ws_col : 80;
}

static void draw_bar(uint64_t now)
{
    char line[256];
    size_t columns = columns_of_terminal(), cells = 24;
    double seconds = (double)(now - console.begin) / 1e9;
    double part = console.total ? (double)console.done / (double)console.total : 1;
    double left = console.done ? seconds * (1 / part - 1) : 0;
    int full = (int)(part * (double)cells);
    int length = snprintf(line, sizeof line, "%s [%.*s%*s] %zu/%zu, %.1f/s, %.0f s left",
                          console.what, full, "########################", (int)cells - full, "",
                          console.done, console.total, (double)console.done / seconds, left);
    if (length > 0 && (size_t)length >= columns)
        snprintf(line, sizeof line, "%zu/%zu", console.done, console.total);
    fprintf(stderr, "\r%s\033[K", line);
    console.shown = true;
    console.drawn = now;
}

void progress_begin(const char *what, size_t total)
{
    console.what = what;
    console.total = total;
    console.done = 0;
    console.begin = clock_ns();
    console.drawn = 0;
}

void progress_step(size_t done)
{
    uint64_t now = clock_ns();
    console.done = done;
    if (console.bar && console.what && now - console.begin >= BAR_AFTER &&
        now - console.drawn >= BAR_EVERY)
        draw_bar(now);
}

void progress_end(void)
{
    hide_bar();
    console.what = NULL;
}

void progress_line(const char *format, ...)
{
    char line[256];
    uint64_t now = clock_ns();
    va_list args;
    if (!console.bar || now - console.drawn < LINE_EVERY)
        return;
    va_start(args, format);
    int length = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (length < 0)
        return;
    size_t end = 0, shown = 0, size = strlen(line), columns = columns_of_terminal();
    for (size_t at = 0; at < size && shown + 1 < columns; shown++) {
        (void)utf8_next(line, size, &at);
        end = at;
    }
    line[end] = '\0';
    putc('\r', stderr);
    text_print(stderr, line);
    fputs("\033[K", stderr);
    console.shown = true;
    console.drawn = now;
}

__attribute__((format(printf, 1, 0))) static void put_line(const char *format, va_list args)
{
    char line[LINE_SIZE];
    if (vsnprintf(line, sizeof line, format, args) < 0)
        return;
    hide_bar();
    fputs("vultus: ", stderr);
    text_print(stderr, line);
    putc('\n', stderr);
}

void say(const char *format, ...)
{
    if (console.quiet)
        return;
    va_list args;
    va_start(args, format);
    put_line(format, args);
    va_end(args);
}

void complain(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put_line(format, args);
    va_end(args);
}

const char *error_reason(const char *file, const vultus_error *error)
{
    /* Messages have control characters replaced, so those of the name are taken as equal. */
    const char *at = error->message;
    const char *name = file;
    while (*at && *name && (*at == *name || ((unsigned char)*name < 0x20 && *at == '?'))) {
        at++;
        name++;
    }
    if (!*name && at[0] == ':' && at[1] == ' ' && at[2])
        return at + 2;
    /* Only the beginning of a long name had room. */
    return *at ? error->message : vultus_status_text(error->code);
}

void say_about(const char *file, const vultus_error *error)
{
    say("%s: %s", file, error_reason(file, error));
}

void answer_begin(void)
{
    if (console.shown && isatty(STDOUT_FILENO))
        hide_bar();
}

bool answer_end(void)
{
    errno = 0;
    if ((fflush(stdout) || ferror(stdout)) && !console.failure)
        console.failure = errno ? errno : EIO;
    return !console.failure;
}

void answer_line(const char *format, ...)
{
    char line[LINE_SIZE];
    va_list args;
    va_start(args, format);
    if (vsnprintf(line, sizeof line, format, args) >= 0) {
        text_print(stdout, line);
        putchar('\n');
    }
    va_end(args);
}

int answer_close(int code)
{
    progress_end();
    if (answer_end() && fclose(stdout))
        console.failure = errno ? errno : EIO;
    if (console.failure) {
        complain("standard output: %s", strerror(console.failure));
        return EXIT_ENVIRONMENT;
    }
    return code;
}

bool can_ask(void)
{
    return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

bool ask(const char *format, ...)
{
    char line[LINE_SIZE];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (length < 0)
        return false;
    text_print(stderr, line);
    fputs(" [y/N] ", stderr);
    if (!fgets(line, sizeof line, stdin))
        return false;
    line[strcspn(line, "\r\n")] = '\0';
    return !strcmp(line, "y") || !strcmp(line, "Y") || !strcmp(line, "yes");
}
