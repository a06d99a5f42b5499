#pragma once
#include <string>
#include <vector>

#include "proxy/ctl/text/page.h"
#include "proxy/ctl/top/controls.h"
#include "proxy/ctl/top/model.h"

namespace headgate::proxy::ctl::top {

inline constexpr int kColumnsMin = 60;
inline constexpr int kRowsMin = 10;

/// Top's screen: at most `rows` lines of at most `page.width` columns; on less than kColumnsMin by kRowsMin only
/// a sentence that says so. Pure.
std::vector<std::string> drawing(const Model& model, const Controls& controls, const text::Page& page, int rows);

/// The same for a pipe: as many lines as there is to say, without what is for keys.
std::vector<std::string> drawing_once(const Model& model, const text::Page& page);

}  // namespace headgate::proxy::ctl::top
