#pragma once
#include "proxy/message/message.h"

// The dashboard: a page for people, made of the files in this folder, that reads and asks everything through the
// admin API. Its files hold no data, so whoever may reach the address may have them.
namespace headgate::proxy::admin::dashboard {

/// Fills `response` if the request is for the dashboard: `/` for who takes text/html, and /dashboard/FILE. False, and
/// nothing done, for everything else. What is filled allows the page nothing from elsewhere and nothing inline
/// (Content-Security-Policy), and is kept by browsers only as long as it is the same (ETag).
bool answer(const wire::http::RequestHead& request, message::Response& response);

}  // namespace headgate::proxy::admin::dashboard
