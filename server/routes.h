/* The table of routes. */
#ifndef SERVER_ROUTES_H
#define SERVER_ROUTES_H

#include "request.h"

/* Finds the route of a method and the request's target, and sets the request's route and values. Else the reply says
 * that there is none, or which methods there are. */
bool routes_find(struct request *request, const char *method);
/* By number from 0; NULL behind the last. */
const struct route *routes_at(size_t index);
size_t routes_index(const struct route *route);
#define ROUTES_MAX 128

#endif
