package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.Snapshot;
import dev.hubkit.fossil.Transaction;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.ContentStore.Receipt;
import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.time.Nanos;
import dev.hubkit.time.TimeSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One message of a client and the answer to it, within one transaction. Used once, by one thread.
 */
final class ServerExchange {
  /** The protocol level announced; clients of 2.21 and this server understand each other fully. */
  private static final List<String> SERVER_VERSION =
      List.of("server-version", "22100", "20230226", "192424");

  private static final int PHANTOMS_TO_ASK_FOR = 500;
  private static final long DEFAULT_MAX_DOWNLOAD = 5_000_000;
  private static final long DEFAULT_MAX_DOWNLOAD_SECONDS = 30;

  private final Snapshot snapshot;
  private final @Nullable Transaction transaction;
  private final DbTransaction session;
  private final MessageSpool message;
  private final @Nullable String address;
  private final TimeSource time;
  private final ServerReply reply;
  private final XferCardWriter out;
  private final PeerState remote = new PeerState(0);
  private final ArtifactSender sender;
  private final ServerUnversioned unversioned;
  private final ConfigExchange config;

  private UserAccess access;
  private @Nullable ArtifactReceiver receiver;
  private boolean loginSeen;
  private boolean pulling;
  private boolean pushing;
  private boolean cloningByNames;
  private boolean everything;
  private int gimmes;

  /**
   * @param transaction null to work on a snapshot; {@link #run()} then throws {@link
   *     WriteNeededException} if that is not enough
   */
  ServerExchange(
      Snapshot snapshot,
      @Nullable Transaction transaction,
      MessageSpool message,
      @Nullable String address,
      TimeSource time,
      ServerReply reply) {
    this.snapshot = snapshot;
    this.transaction = transaction;
    this.session = snapshot.session();
    this.message = message;
    this.address = address;
    this.time = time;
    this.reply = reply;
    this.out = reply.cards();
    this.access = UserAccess.peer(session);
    this.unversioned = new ServerUnversioned(snapshot, out);
    this.config = new ConfigExchange(snapshot);
    long end =
        Nanos.plus(
            time.nanoTime(),
            Nanos.ofSeconds(setting("max-download-time", DEFAULT_MAX_DOWNLOAD_SECONDS)));
    this.sender =
        new ArtifactSender(
            snapshot,
            out,
            remote,
            setting("max-download", DEFAULT_MAX_DOWNLOAD),
            () -> time.nanoTime() - end >= 0);
  }

  /** A positive number from the settings. */
  private long setting(String name, long otherwise) {
    String value = snapshot.setting(name);
    return value != null && value.matches("[0-9]{1,10}")
        ? Math.max(1, Long.parseLong(value))
        : otherwise;
  }

  private boolean isSet(String name) {
    String value = snapshot.setting(name);
    return value != null && value.matches("(?i)1|on|yes|true");
  }

  /**
   * Works through the message.
   *
   * @throws SyncProtocolException if the message is refused; nothing must be kept of it then
   */
  boolean run() throws IOException {
    try (InputStream in = message.open(0)) {
      XferCardReader cards = new XferCardReader(in, Integer.MAX_VALUE - 16);
      for (Card card = cards.next(); card != null; card = cards.next()) {
        if (!take(card, cards.position())) {
          return false;
        }
      }
    }
    finish();
    return true;
  }

  /** False when the answer is complete and the rest of the message does not matter. */
  private boolean take(Card card, long position) throws IOException {
    if (card instanceof Card.Igot igot) {
      if (pushing) {
        receiver().note(igot, true);
      }
    } else if (card instanceof Card.File file) {
      requirePush();
      receiver().take(file);
    } else if (card instanceof Card.CompressedFile file) {
      requirePush();
      receiver().take(file);
    } else if (card instanceof Card.Gimme gimme) {
      gimme(gimme.name());
    } else if (card instanceof Card.Pragma pragma) {
      pragma(pragma);
    } else if (card instanceof Card.Pull pull) {
      requireProject(pull.projectCode());
      pull();
    } else if (card instanceof Card.Push push) {
      requireProject(push.projectCode());
      push();
    } else if (card instanceof Card.Clone clone) {
      return clone(clone);
    } else if (card instanceof Card.Login login) {
      login(login, position);
    } else if (card instanceof Card.Private) {
      if (access.may(Capability.PRIVATE)) {
        receiver().expectPrivate();
      } else {
        reply.refuse("not authorized to sync private content");
      }
    } else if (card instanceof Card.UnversionedGimme gimme) {
      unversioned.send(gimme.name(), access, sender.isOverBudget());
    } else if (card instanceof Card.UnversionedFile file) {
      ServerUnversioned.requireWrite(access);
      unversionedFile(file);
    } else if (card instanceof Card.ConfigRequest request) {
      if (access.may(Capability.READ)) {
        config.send(request.name(), access, out);
      }
    } else if (card instanceof Card.Config received) {
      if (!access.may(Capability.ADMIN)) {
        throw new SyncProtocolException("not authorized to push configuration");
      }
      config.receive(received, access, writing());
    } else if (!(card instanceof Card.Comment || card instanceof Card.Cookie)) {
      // Cards that only a server sends.
      throw new SyncProtocolException("bad command: " + card.getClass().getSimpleName());
    }
    return true;
  }

  private Transaction writing() {
    if (transaction == null) {
      throw new WriteNeededException();
    }
    return transaction;
  }

  private ArtifactReceiver receiver() {
    ArtifactReceiver known = receiver;
    if (known == null) {
      known = new ArtifactReceiver(writing(), remote, access.may(Capability.PRIVATE));
      receiver = known;
      nameSender();
    }
    return known;
  }

  private void nameSender() {
    writing().content().receiveFrom(new Receipt(access.userId(), access.nonce(), address));
  }

  // ---- what the client wants to do

  private void login(Card.Login card, long position) throws IOException {
    if (loginSeen) {
      throw new SyncProtocolException("multiple login cards");
    }
    loginSeen = true;
    UserAccess known = null;
    if (card.nonce().equals(digestFrom(position, card.nonce().length()))) {
      known = access.loggedIn(session, card, snapshot.projectCode());
    }
    if (known == null) {
      throw new SyncProtocolException("login failed");
    }
    access = known;
  }

  /** The hash of the rest of the message, of the kind that has so many digits. */
  private String digestFrom(long position, int digits) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance(digits == 64 ? "SHA3-256" : "SHA-1");
      try (InputStream in = new DigestInputStream(message.open(position), digest)) {
        in.transferTo(OutputStream.nullOutputStream());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("A Java runtime without " + e.getMessage(), e);
    }
  }

  private void requireProject(String code) throws SyncProtocolException {
    if (!code.equals(snapshot.projectCode())) {
      throw new SyncProtocolException("wrong project");
    }
  }

  private void requirePush() throws SyncProtocolException {
    if (!pushing) {
      throw new SyncProtocolException("not authorized to write");
    }
  }

  private void pull() throws SyncProtocolException {
    if (!access.may(Capability.READ)) {
      throw new SyncProtocolException("not authorized to read");
    }
    pulling = true;
    if (Clusters.areDue(session)) {
      writing();
    }
  }

  private void push() throws IOException {
    if (access.may(Capability.WRITE)) {
      pushing = true;
      writing();
    } else if (pulling) {
      out.write(new Card.Message("pull only - not authorized to push"));
    } else {
      throw new SyncProtocolException("not authorized to write");
    }
  }

  private boolean clone(Card.Clone card) throws IOException {
    if (!access.may(Capability.CLONE)) {
      // The client needs to know the project before it can sign its login.
      reply.reset();
      pushCard();
      reply.refuse("not authorized to clone");
      return false;
    }
    if (isSet("uv-sync")) {
      unversioned.offer();
    }
    if (card.version() == 1) {
      cloningByNames = true;
      pulling = true;
    } else {
      if (card.sequence() == 0) {
        throw new SyncProtocolException("invalid clone sequence number");
      }
      int next;
      if (card.version() == 2) {
        next = sender.sendFrom(card.sequence());
      } else {
        reply.leaveUncompressed();
        next = sender.sendCompressedFrom(card.sequence());
      }
      out.write(new Card.CloneSequence(next));
    }
    pushCard();
    return true;
  }

  private void pushCard() throws IOException {
    out.write(new Card.Push(snapshot.serverCode(), snapshot.projectCode()));
  }

  private void pragma(Card.Pragma card) throws IOException {
    List<String> values = card.values();
    switch (card.name()) {
      case "client-version" -> clientVersion(values);
      case "send-private" -> {
        if (access.may(Capability.PRIVATE)) {
          sender.includePrivate();
        } else {
          reply.refuse("not authorized to sync private content");
        }
      }
      case "send-catalog" -> everything = true;
      case "req-clusters" -> IgotSender.clusters(session, remote, out);
      case "uv-hash" -> {
        if (values.size() == 1) {
          unversioned.compare(values.get(0), access);
        }
      }
      case "ci-lock" -> {
        if (values.size() == 2 && ArtifactName.isName(values.get(0))) {
          long now = time.now().getEpochSecond();
          new CheckInLocks(writing()).lock(values.get(0), values.get(1), access.login(), now, out);
          if (isSet("forbid-delta-manifests")) {
            out.pragma("avoid-delta-manifests");
          }
        }
      }
      case "ci-unlock" -> {
        if (values.size() == 1 && CheckInLocks.anyIn(session)) {
          new CheckInLocks(writing()).unlock(values.get(0));
        }
      }
      default -> {
        // A wish this server does not know; the protocol has it that such are passed over.
      }
    }
  }

  private void clientVersion(List<String> values) throws IOException {
    if (values.isEmpty()) {
      return;
    }
    remote.version(number(values.get(0)), values.size() >= 3 ? number(values.get(1)) : 0);
    if (values.size() >= 3) {
      out.write(
          new Card.Pragma(SERVER_VERSION.get(0), SERVER_VERSION.subList(1, SERVER_VERSION.size())));
    }
  }

  private static int number(String text) {
    return text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : 0;
  }

  // ---- what it asks for

  private void gimme(ArtifactName name) throws IOException {
    gimmes++;
    remote.asksFor(name);
    if (pulling) {
      long rid = snapshot.content().rid(name);
      if (rid != 0) {
        sender.send(rid, cloningByNames);
      }
    }
  }

  private void unversionedFile(Card.UnversionedFile card) {
    writing();
    nameSender();
    unversioned.take(card);
  }

  // ---- what it is told in the end

  private void finish() throws IOException {
    if (pushing) {
      for (ArtifactName name :
          ArtifactReceiver.wanted(session, remote, PHANTOMS_TO_ASK_FOR, sender.includesPrivate())) {
        out.gimme(name.hex());
      }
    }
    if (cloningByNames && gimmes == 0) {
      IgotSender.everything(session, remote, out);
    } else if (pulling) {
      if (transaction != null) {
        Clusters.create(transaction);
      }
      if (everything) {
        IgotSender.everything(session, remote, out);
      } else {
        IgotSender.unclustered(session, remote, out);
      }
    }
    if (pulling && sender.includesPrivate()) {
      IgotSender.privates(session, out);
    }
  }
}
