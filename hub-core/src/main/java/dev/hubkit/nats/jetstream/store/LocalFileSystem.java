package dev.hubkit.nats.jetstream.store;

import dev.hubkit.io.PrivateFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The file system of the machine. */
final class LocalFileSystem implements FileSystem {
  static final LocalFileSystem INSTANCE = new LocalFileSystem();

  private static final boolean WINDOWS = System.getProperty("os.name").startsWith("Windows");

  private LocalFileSystem() {}

  @Override
  public StoreFile open(Path file) throws IOException {
    return new ChannelFile(file);
  }

  @Override
  public boolean exists(Path file) {
    return Files.exists(file);
  }

  @Override
  public boolean isDirectory(Path file) {
    return Files.isDirectory(file);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries
          .map(entry -> String.valueOf(entry.getFileName()))
          .sorted()
          .collect(Collectors.toList());
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    PrivateFiles.createDirectories(directory);
  }

  @Override
  public void replace(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void copy(Path from, Path to) throws IOException {
    Files.copy(from, to, StandardCopyOption.COPY_ATTRIBUTES); // and so nobody else may read it
  }

  @Override
  public void delete(Path file) throws IOException {
    Files.deleteIfExists(file);
  }

  @Override
  public void deleteTree(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<Path>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.deleteIfExists(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  @Override
  public void sync(Path directory) throws IOException {
    if (WINDOWS) {
      return; // directories can't be opened there, and NTFS journals names by itself
    }
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
          channel.force(true);
          return;
        } catch (ClosedByInterruptException e) {
          interrupted |= Thread.interrupted();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * A file channel that survives interrupts. Any thread may work on a store, also one of the
   * application, which may be interrupted; an interrupt closes a channel, so this class opens it
   * again. The thread stays interrupted.
   */
  private static final class ChannelFile implements StoreFile {
    private volatile Path path;
    private volatile FileChannel channel;
    private volatile boolean closed;

    ChannelFile(Path path) throws IOException {
      this.path = path;
      channel =
          PrivateFiles.open(
              path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
    }

    private interface Action<T> {
      T run(FileChannel channel) throws IOException;
    }

    private <T> T call(Action<T> action) throws IOException {
      boolean interrupted = Thread.interrupted();
      try {
        while (true) {
          try {
            return action.run(channel);
          } catch (ClosedByInterruptException e) {
            interrupted |= Thread.interrupted();
            reopen();
          } catch (ClosedChannelException e) {
            // Another thread's interrupt (in sync) may have closed it.
            if (closed) {
              throw e;
            }
            reopen();
          }
        }
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }

    private synchronized void reopen() throws IOException {
      if (closed) {
        throw new ClosedChannelException();
      }
      if (!channel.isOpen()) {
        // A file that is gone is not made again: what was in it would be missing from then on.
        channel = PrivateFiles.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
      }
    }

    @Override
    public long size() throws IOException {
      return call(FileChannel::size);
    }

    @Override
    public int read(byte[] target, int offset, int length, long position) throws IOException {
      ByteBuffer buffer = ByteBuffer.wrap(target, offset, length);
      return call(
          open -> {
            while (buffer.hasRemaining()) {
              int read = open.read(buffer, position + buffer.position() - offset);
              if (read < 0) {
                break;
              }
            }
            return buffer.position() - offset;
          });
    }

    @Override
    public void write(byte[] source, int offset, int length, long position) throws IOException {
      ByteBuffer buffer = ByteBuffer.wrap(source, offset, length);
      call(
          open -> {
            while (buffer.hasRemaining()) {
              open.write(buffer, position + buffer.position() - offset);
            }
            return true;
          });
    }

    @Override
    public void truncate(long size) throws IOException {
      call(open -> open.truncate(size));
    }

    @Override
    public synchronized void movedTo(Path place) {
      path = place;
    }

    @Override
    public void sync() throws IOException {
      call(
          open -> {
            open.force(false);
            return true;
          });
    }

    @Override
    public synchronized void close() throws IOException {
      closed = true;
      channel.close();
    }
  }
}
