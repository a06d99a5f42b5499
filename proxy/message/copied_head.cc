#include "proxy/message/copied_head.h"

namespace headgate::proxy::message {

void copy_fields(const wire::http::Fields& from, wire::http::Fields& to, base::Arena& arena) {
  for (const wire::http::Field& field : from) to.add(arena.copy(field.name), arena.copy(field.value), field.id);
}

void copy_head(const wire::http::RequestHead& from, wire::http::RequestHead& to, base::Arena& arena) {
  to.method = from.method;
  to.method_text = arena.copy(from.method_text);
  to.form = from.form;
  to.host = arena.copy(from.host);
  to.port = arena.copy(from.port);
  to.authority = arena.copy(from.authority);
  to.path = arena.copy(from.path);
  to.query = arena.copy(from.query);
  to.has_query = from.has_query;
  to.secure_target = from.secure_target;
  copy_fields(from.fields, to.fields, arena);
}

}  // namespace headgate::proxy::message
