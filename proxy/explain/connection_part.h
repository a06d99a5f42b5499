#pragma once
#include "base/result.h"
#include "proxy/explain/explanation.h"
#include "proxy/explain/question.h"

namespace headgate::proxy::explain {

struct Surroundings;

/// Where a connection of a tcp listener goes, by the same Routing as the data path. Fills `out`'s listener, connection
/// and answer. Fails on a question that is none: no such listener, one of another protocol.
base::Result<void> explain_connection(const Question& question, const Surroundings& around, Explanation& out);

/// The pool's part and the answer, as they are for a connection.
void settle_connection(Explanation& explanation);

}  // namespace headgate::proxy::explain
