//===- Children.cpp - cases in processes of their own -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Children.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

extern char **environ;

namespace autoglm::verify {

using Clock = std::chrono::steady_clock;

/// More than any outcome is long.
static constexpr size_t kMaxOutput = 1 << 20;
static constexpr size_t kMaxMessage = 300;

/// A folder that is removed with everything in it.
namespace {
class TemporaryFolder {
public:
  TemporaryFolder() {
    if (llvm::sys::fs::createUniqueDirectory("autoglm-verify", path))
      path.clear();
  }
  ~TemporaryFolder() {
    if (!path.empty())
      llvm::sys::fs::remove_directories(path);
  }
  bool isValid() const { return !path.empty(); }
  std::string getPath() const { return path.str().str(); }

private:
  llvm::SmallString<128> path;
};

/// Both ends of a pipe that only the child's standard output inherits.
struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() {
    if (pipe2(ends, O_CLOEXEC) != 0)
      ends[0] = ends[1] = -1;
  }
  ~Pipe() {
    closeEnd(0);
    closeEnd(1);
  }
  void closeEnd(int which) {
    if (ends[which] >= 0)
      close(ends[which]);
    ends[which] = -1;
  }
};
} // namespace

static Outcome error(const std::string &reason) {
  return Outcome::make(Status::Error, reason);
}

/// Starts the command in a process group of its own; -1 after a failure.
static pid_t start(const std::vector<std::string> &command, int output,
                   const std::string &errors) {
  std::vector<char *> arguments;
  for (const std::string &word : command)
    arguments.push_back(const_cast<char *>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawn_file_actions_addopen(&actions, 2, errors.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t child = -1;
  if (posix_spawn(&child, arguments[0], &actions, &attributes, arguments.data(),
                  environ) != 0)
    child = -1;
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return child;
}

/// Reads until the other end is closed; false at the deadline.
static bool readAll(int input, Clock::time_point deadline, std::string &text) {
  while (true) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - Clock::now());
    if (left.count() <= 0)
      return false;
    pollfd request{input, POLLIN, 0};
    int ready = poll(&request, 1,
                     static_cast<int>(std::min<int64_t>(left.count(), 60000)));
    if (ready < 0 && errno != EINTR)
      return true;
    if (ready <= 0)
      continue;
    char buffer[4096];
    ssize_t size = read(input, buffer, sizeof(buffer));
    if (size <= 0)
      return true;
    if (text.size() < kMaxOutput)
      text.append(buffer, static_cast<size_t>(size));
  }
}

/// The last line that the child wrote to its standard error.
static std::string readLastLine(const std::string &path) {
  int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return {};
  off_t size = lseek(file, 0, SEEK_END);
  char buffer[4096];
  off_t offset = std::max<off_t>(0, size - static_cast<off_t>(sizeof(buffer)));
  ssize_t length = pread(file, buffer, sizeof(buffer), offset);
  close(file);
  llvm::StringRef text(buffer, std::max<ssize_t>(0, length));
  llvm::StringRef line = text.rtrim().rsplit('\n').second;
  return (line.empty() ? text.rtrim() : line).take_front(kMaxMessage).str();
}

static Outcome describeEnd(int status, const std::string &errors) {
  std::string what =
      WIFSIGNALED(status)
          ? std::string("crashed: ") + strsignal(WTERMSIG(status))
          : "ended with code " + std::to_string(WEXITSTATUS(status));
  std::string last = readLastLine(errors);
  return error(last.empty() ? what : what + ": " + last);
}

static Outcome runChild(const Case &each, const ChildOptions &options) {
  TemporaryFolder work;
  Pipe pipe;
  if (!work.isValid() || pipe.ends[0] < 0)
    return error("cannot make a temporary folder or a pipe");
  std::vector<std::string> command = options.command;
  command.push_back(each.folder);
  command.push_back(work.getPath());
  std::string errors = work.getPath() + "/stderr";
  pid_t child = start(command, pipe.ends[1], errors);
  if (child < 0)
    return error("cannot start '" + command[0] + "'");
  pipe.closeEnd(1);
  auto deadline =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(
                         std::chrono::duration<double>(options.timeoutSeconds));
  std::string text;
  bool isInTime = readAll(pipe.ends[0], deadline, text);
  // What the child started and left behind goes, too.
  kill(-child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!isInTime) {
    std::string seconds = std::to_string(options.timeoutSeconds);
    seconds.erase(seconds.find_last_not_of('0') + 1);
    if (seconds.back() == '.')
      seconds.pop_back();
    return Outcome::make(Status::Timeout, "not done after " + seconds + " s");
  }
  if (std::optional<Outcome> outcome = fromJson(text))
    return *outcome;
  return describeEnd(status, errors);
}

std::vector<Result> runChildren(const std::vector<Case> &cases,
                                const ChildOptions &options,
                                const std::function<void()> &done) {
  std::vector<Result> results(cases.size());
  std::atomic<size_t> next = 0;
  auto work = [&] {
    for (size_t i; (i = next++) < cases.size();) {
      auto begin = Clock::now();
      results[i].name = cases[i].name;
      results[i].outcome = runChild(cases[i], options);
      results[i].seconds =
          std::chrono::duration<double>(Clock::now() - begin).count();
      done();
    }
  };
  std::vector<std::thread> threads;
  for (size_t i = 1; i < std::min<size_t>(options.jobs, cases.size()); ++i)
    threads.emplace_back(work);
  work();
  for (std::thread &thread : threads)
    thread.join();
  return results;
}

} // namespace autoglm::verify
