package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.content.MalformedContentException;
import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.log.Log;
import java.io.IOException;
import java.io.InputStream;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * The answering side of the sync protocol, one message at a time: it keeps nothing between the
 * messages of a client. Thread-safe.
 *
 * <p>Source of behaviour: sync.wiki and what C fossil answers. Unlike C fossil, a message that ends
 * in an error leaves the repository as it was.
 */
public final class SyncServer {
  private static final Log log = Log.of(SyncServer.class);

  private final FossilRepository repository;
  private final MessageLimit limit;

  /**
   * Serves a repository.
   *
   * @param largestMessage the largest message to accept, in bytes once unpacked
   */
  public SyncServer(FossilRepository repository, long largestMessage) {
    this.repository = repository;
    this.limit = new MessageLimit(repository, largestMessage);
  }

  /** Returns the limit on the size of messages. */
  public MessageLimit limit() {
    return limit;
  }

  /**
   * Answers a message. An error card in the answer says what is wrong with the message.
   *
   * @param body read to its end
   * @param address of the client, which goes into the {@code rcvfrom} table; null when it has none
   * @throws IOException if the message cannot be read
   */
  public SyncReply answer(MessageFormat format, InputStream body, @Nullable String address)
      throws IOException {
    return answer(format, body, address, null);
  }

  /**
   * Answers as {@link #answer(MessageFormat, InputStream, String)} does, and passes a summary of
   * the message and the answer to {@code observer}.
   */
  public SyncReply answer(
      MessageFormat format,
      InputStream body,
      @Nullable String address,
      @Nullable SyncObserver observer)
      throws IOException {
    ServerReply reply = new ServerReply(format);
    try (InputStream message = format.decode(body, limit.largest());
        MessageSpool spool = MessageSpool.of(message, limit)) {
      answer(spool, address, reply);
      return finish(reply, spool, observer);
    } catch (SyncProtocolException e) {
      log.debug("Could not read a sync message from {}: {}", address, e.getMessage());
      reply.fail(messageOf(e));
      return finish(reply, null, observer);
    }
  }

  private void answer(MessageSpool message, @Nullable String address, ServerReply reply)
      throws IOException {
    try {
      LoginVerifier logins = new LoginVerifier(message);
      boolean answered =
          repository.<Boolean, IOException>read(
              snapshot -> {
                if (WriteIntent.of(message, logins, snapshot)) {
                  return false;
                }
                new ServerExchange(
                        snapshot, null, message, logins, address, repository.time(), reply)
                    .run();
                return true;
              });
      if (!answered) {
        repository.<Boolean, IOException>write(
            transaction -> {
              new ServerExchange(
                      transaction, transaction, message, logins, address, repository.time(), reply)
                  .run();
              return true;
            });
      }
    } catch (SyncProtocolException | MalformedContentException e) {
      log.debug("Refused a sync message from {}: {}", address, e.getMessage());
      reply.fail(messageOf(e));
    } catch (RepositoryException e) {
      log.warn("Could not work on a sync message from {}", address, e);
      reply.fail(messageOf(e));
    }
  }

  private SyncReply finish(
      ServerReply reply, @Nullable MessageSpool message, @Nullable SyncObserver observer)
      throws IOException {
    SyncReply finished = reply.finish(repository.time());
    if (observer != null) {
      observer.answered(SyncSummary.of(message, finished));
    }
    return finished;
  }

  /** What SQLite says, without the statement that failed. */
  private static String messageOf(Exception e) {
    Throwable cause = e.getCause();
    String text = cause instanceof SQLException ? cause.getMessage() : e.getMessage();
    return text == null ? e.getClass().getSimpleName() : text;
  }
}
