/* What somebody wants to be trained, from the query of their request. */
#ifndef SERVER_TRAIN_REQUEST_H
#define SERVER_TRAIN_REQUEST_H

#include "jobs.h"
#include "request.h"

/* What is wrong with it is said now, not when its turn has come. False: the reply says it. */
bool train_request_read(struct request *request, struct job_request *out);

#endif
