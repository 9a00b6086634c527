/* Text from outside (file names, names of people) made fit for terminals, tables and JSON. */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stddef.h>
#include <stdio.h>

/* Lets the C library know UTF-8, whatever the locale is; numbers keep their point. */
void text_setup(void);
/* Prints as a terminal may have it: no control characters, what is not UTF-8 as U+FFFD. */
void text_print(FILE *file, const char *text);
/* Columns that text_print takes on a terminal. */
size_t text_width(const char *text);

#endif
