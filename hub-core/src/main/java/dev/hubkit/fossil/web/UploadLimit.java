package dev.hubkit.fossil.web;

import com.sun.net.httpserver.Headers;
import dev.hubkit.fossil.sync.MessageFormat;
import dev.hubkit.fossil.sync.MessageLimit;
import dev.hubkit.http.BodyLimit;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.function.Function;

/** Accepts large bodies only when they are messages of users who have logged in. Thread-safe. */
final class UploadLimit implements BodyLimit {
  private final Function<String, RepositoryMount> repositories;

  /**
   * Makes a limit.
   *
   * @param repositories finds the repository that is served at a path
   */
  UploadLimit(Function<String, RepositoryMount> repositories) {
    this.repositories = repositories;
  }

  @Override
  public long unasked() {
    return MessageLimit.GUEST_PACKED;
  }

  @Override
  public long largest(String method, URI uri, Headers headers, InputStream beginning)
      throws IOException {
    MessageFormat format = MessageFormat.of(headers.getFirst("Content-Type"));
    if (format == null || !method.equals("POST")) {
      return 0;
    }
    MessageLimit limit = repositories.apply(uri.getPath()).messageLimit();
    return limit.isForGuest(format, beginning) ? unasked() : Long.MAX_VALUE;
  }
}
