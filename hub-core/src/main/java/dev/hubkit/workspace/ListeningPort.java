package dev.hubkit.workspace;

import dev.hubkit.port.ReservedPort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A TCP port to listen on.
 *
 * @param host an address of this machine
 * @param number from 1 to 65535
 */
public record ListeningPort(String host, int number) {
  private static final String LISTEN = "0A";

  /**
   * Returns whether a server could listen on it now. Another process may take it the next moment.
   */
  public boolean isFree() {
    // The port is reserved without listening, so that a client that connects meanwhile finds no
    // server.
    try (ReservedPort held = ReservedPort.hold(new InetSocketAddress(host, number))) {
      return held.number() == number;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * The process that listens on it, where the system tells: on Linux, if this user may inspect the
   * process (proc(5)).
   */
  public Optional<ProcessHandle> holder() {
    try {
      for (String table : List.of("tcp", "tcp6")) {
        Path file = Path.of("/proc/net", table);
        if (Files.isReadable(file)) {
          Optional<String> inode =
              Files.readAllLines(file).stream()
                  .skip(1)
                  .map(line -> line.strip().split("\\s+"))
                  .filter(this::listens)
                  .map(columns -> columns[9])
                  .findFirst();
          if (inode.isPresent()) {
            return processWith("socket:[" + inode.get() + "]");
          }
        }
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    return Optional.empty();
  }

  private boolean listens(String[] columns) {
    return columns.length > 9
        && columns[3].equals(LISTEN)
        && columns[1].endsWith(String.format(Locale.ROOT, ":%04X", number));
  }

  private static Optional<ProcessHandle> processWith(String socket) throws IOException {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        if (hasOpen(process.resolve("fd"), socket)) {
          return ProcessHandle.of(Long.parseLong(process.getFileName().toString()));
        }
      }
    }
    return Optional.empty();
  }

  private static boolean hasOpen(Path descriptors, String socket) {
    try (DirectoryStream<Path> open = Files.newDirectoryStream(descriptors)) {
      for (Path descriptor : open) {
        if (Files.readSymbolicLink(descriptor).toString().equals(socket)) {
          return true;
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // The process belongs to another user, or has just ended.
      return false;
    }
    return false;
  }

  /** Names the process that holds the port, for an error message; empty when it is unknown. */
  public String describeHolder() {
    return holder()
        .map(
            process ->
                " by process "
                    + process.pid()
                    + process
                        .info()
                        .command()
                        .map(command -> " (" + Path.of(command).getFileName() + ")")
                        .orElse(""))
        .orElse("");
  }
}
