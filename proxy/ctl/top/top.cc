#include "proxy/ctl/top/top.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <optional>
#include <thread>
#include <utility>

#include "net/input_watch.h"
#include "net/loop.h"
#include "net/signals.h"
#include "net/task.h"
#include "net/waiting.h"
#include "proxy/ctl/text/columns.h"
#include "proxy/ctl/top/drawing.h"
#include "proxy/ctl/top/screen.h"

namespace headgate::proxy::ctl::top {
namespace {

using namespace std::chrono_literals;

constexpr base::Duration kTurn = 1s;
/// A daemon that is busy is waited for; the screen says how old its picture is by its clock, which stands still.
constexpr base::Duration kTimeout = 5s;
constexpr int kOnceColumns = 80;

/// What one picture is made of, for a screen of so many columns: one bar a column.
std::array<std::string, 4> paths(int columns) {
  constexpr int kSecondsMax = 900;  // of which the daemon knows each
  return {"/status", "/pools", fmt::format("/history?seconds={}", std::clamp(columns, 1, kSecondsMax)), "/events"};
}

const std::initializer_list<int> kSignals = {SIGWINCH, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT};

client::Json& part(Answers& answers, std::size_t number) {
  client::Json* const parts[] = {&answers.status, &answers.pools, &answers.history, &answers.events};
  return *parts[number];
}

/// The loop with everything on it: keys and signals come in, the daemon is asked, drawings go out.
class Top {
 public:
  Top(const client::Client& client, const words::Console& console, Screen& screen)
      : client_(client),
        console_(console),
        screen_(screen),
        soon_(loop_),
        signals_(loop_, kSignals, [this](int signal) { on_signal(signal); }),
        keys_(loop_, screen.fd(), [this] { on_input(); }) {}

  /// The signal that ended it, 0 for a key.
  int run();

 private:
  net::Task<void> keep_asking();
  net::Task<bool> look();
  net::Task<void> operate(Question question);
  void on_input();
  void on_signal(int signal);
  void suspend();
  void draw();
  void end(int signal) {
    ended_by_ = signal;
    loop_.stop();
  }

  const client::Client& client_;
  const words::Console& console_;
  Screen& screen_;
  Pictures pictures_;
  Model model_;
  Controls controls_;
  int ended_by_ = 0;
  net::Loop loop_;
  net::Gate soon_;  // opened for a look before the second is over
  net::SignalWatcher signals_;
  net::InputWatch keys_;
  net::TaskScope tasks_;
};

int Top::run() {
  screen_.enter();
  draw();
  tasks_.spawn(keep_asking());
  loop_.run();
  tasks_.cancel_all();
  screen_.leave();
  return ended_by_;
}

void Top::draw() {
  const words::Size size = screen_.size();
  text::Page page = console_.page();
  page.width = size.columns;
  screen_.draw(drawing(model_, controls_, page, size.rows));
}

/// One picture; false if the daemon did not give it, and model_.trouble says why.
net::Task<bool> Top::look() {
  Answers answers;
  const std::array<std::string, 4> asked = paths(screen_.size().columns);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const client::Question question{.path = asked[i], .timeout = kTimeout};
    base::Result<client::Answer> answer = co_await client_.ask(loop_, question);
    if (!answer || !answer->is_well()) {
      model_.trouble = answer ? answer->refusal() : answer.error().message;
      model_.is_away = !answer;
      co_return false;
    }
    part(answers, i) = std::move(answer->json);
  }
  model_ = pictures_.take(answers, base::now(), base::wall_now());
  co_return true;
}

net::Task<void> Top::keep_asking() {
  while (true) {
    const base::Time next = loop_.now() + kTurn;
    if (!controls_.is_paused) co_await look();
    draw();
    co_await soon_.wait(next);
  }
}

net::Task<void> Top::operate(Question question) {
  const words::Place place{question.pool, question.id};
  const words::Wish wish{.operation = question.operation};
  base::Result<client::Answer> answer = co_await client_.ask(loop_, words::question_of(wish, place));
  if (!answer) {
    controls_.said = answer.error().message;
  } else if (!answer->is_well()) {
    controls_.said = answer->refusal();
  } else {
    controls_.said = words::operation_text(wish, client::Json(), answer->json, {});
    while (controls_.said.ends_with('\n')) controls_.said.pop_back();
    std::replace(controls_.said.begin(), controls_.said.end(), '\n', ' ');
  }
  soon_.open();
  draw();
}

void Top::on_input() {
  bool is_gone = false;
  const std::string bytes = screen_.read(is_gone);
  if (is_gone) return end(SIGHUP);
  for (const Key& key : keys_in(bytes)) {
    const Effect effect = press(controls_, model_, key);
    if (effect == Effect::kQuit) return end(0);
    if (effect == Effect::kSuspend) suspend();
    if (effect == Effect::kOperate) tasks_.spawn(operate(*std::exchange(controls_.question, std::nullopt)));
  }
  draw();
}

void Top::on_signal(int signal) {
  switch (signal) {
    case SIGWINCH:
      draw();
      break;
    case SIGTSTP:
      suspend();
      break;
    case SIGCONT:
      screen_.enter();  // whoever stopped it may have changed the terminal
      draw();
      break;
    default:
      end(signal);
  }
}

/// Stops as any program does at Ctrl-Z: the terminal is the shell's until it is continued.
void Top::suspend() {
  screen_.leave();
  ::raise(SIGSTOP);
  screen_.enter();
  draw();
}

std::optional<Answers> ask_once(const client::Client& client, const words::Console& console) {
  Answers out;
  const std::array<std::string, 4> asked = paths(console.page().width_or(kOnceColumns));
  for (std::size_t i = 0; i < asked.size(); ++i) {
    std::optional<client::Answer> answer = console.ask(client, {.path = asked[i]});
    if (!answer) return std::nullopt;
    part(out, i) = std::move(answer->json);
  }
  return out;
}

}  // namespace

int run(const client::Client& client, const words::Console& console) {
  base::Result<std::unique_ptr<Screen>> screen = Screen::open();
  if (!screen) {
    console.complain(screen.error().message);
    return words::kUsage;
  }
  // Who cannot be reached at the start is told so in words, not on a screen.
  if (!console.ask(client, {.path = "/status"})) return words::kRefused;
  net::SignalWatcher::block(kSignals);
  const int signal = Top(client, console, **screen).run();
  screen->reset();
  if (signal == 0) return words::kWell;
  // Ends as the signal would have ended it.
  std::signal(signal, SIG_DFL);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  ::raise(signal);
  ::pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
  return words::kRefused;
}

int run_once(const client::Client& client, const words::Console& console) {
  Pictures pictures;
  std::optional<Answers> answers = ask_once(client, console);
  if (!answers) return words::kRefused;
  if (console.wants_json()) {
    const client::Json all = {{"status", answers->status},
                              {"pools", client::list(answers->pools, "pools")},
                              {"history", answers->history},
                              {"events", client::list(answers->events, "events")}};
    console.print_json(all);
    return words::kWell;
  }
  pictures.take(*answers, base::now(), base::wall_now());
  std::this_thread::sleep_for(kTurn);
  answers = ask_once(client, console);
  if (!answers) return words::kRefused;
  const Model model = pictures.take(*answers, base::now(), base::wall_now());
  text::Page page = console.page();
  page.width = page.width_or(kOnceColumns);
  std::string out;
  for (const std::string& line : drawing_once(model, page)) out += line + "\n";
  console.print(out);
  return words::kWell;
}

}  // namespace headgate::proxy::ctl::top
