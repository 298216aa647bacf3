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
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers one message of a client within one transaction. Used once, by one thread. */
final class ServerExchange implements CardHandler {
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
  private final LoginVerifier logins;
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
  private long position;
  private boolean answered;
  private boolean loginSeen;
  private boolean pulling;
  private boolean pushing;
  private boolean cloningByNames;
  private boolean everything;
  private int gimmes;

  /**
   * @param transaction null to answer from a snapshot, when {@link WriteIntent} says that the
   *     message changes nothing
   */
  ServerExchange(
      Snapshot snapshot,
      @Nullable Transaction transaction,
      MessageSpool message,
      LoginVerifier logins,
      @Nullable String address,
      TimeSource time,
      ServerReply reply) {
    this.snapshot = snapshot;
    this.transaction = transaction;
    this.session = snapshot.session();
    this.message = message;
    this.logins = logins;
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
   * @throws SyncProtocolException if the message is refused; then nothing of it may be kept
   */
  void run() throws IOException {
    try (InputStream in = message.open(0)) {
      XferCardReader cards = new XferCardReader(in, Integer.MAX_VALUE - 16);
      for (Card card = cards.next(); card != null; card = cards.next()) {
        position = cards.position();
        card.accept(this);
        if (answered) {
          return;
        }
      }
    }
    finish();
  }

  private Transaction writing() {
    if (transaction == null) {
      throw new IllegalStateException("A message that only asks cannot change the repository");
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

  @Override
  public void handle(Card.Login card) throws IOException {
    if (loginSeen) {
      throw new SyncProtocolException("multiple login cards");
    }
    loginSeen = true;
    access = logins.verify(card, position, access, snapshot);
  }

  @Override
  public void handle(Card.Private card) throws IOException {
    if (access.may(Capability.PRIVATE)) {
      receiver().expectPrivate();
    } else {
      reply.refuse("not authorized to sync private content");
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

  @Override
  public void handle(Card.Pull card) throws SyncProtocolException {
    requireProject(card.projectCode());
    if (!access.may(Capability.READ)) {
      throw new SyncProtocolException("not authorized to read");
    }
    pulling = true;
  }

  @Override
  public void handle(Card.Push card) throws IOException {
    requireProject(card.projectCode());
    if (access.may(Capability.WRITE)) {
      pushing = true;
    } else if (pulling) {
      out.write(new Card.Message("pull only - not authorized to push"));
    } else {
      throw new SyncProtocolException("not authorized to write");
    }
  }

  @Override
  public void handle(Card.Clone card) throws IOException {
    if (!access.may(Capability.CLONE)) {
      // The client needs to know the project before it can sign its login.
      reply.reset();
      pushCard();
      reply.refuse("not authorized to clone");
      answered = true;
      return;
    }
    if (isSet("uv-sync")) {
      unversioned.offer();
    }
    if (card.version() == 1) {
      cloningByNames = true;
      pulling = true;
    } else {
      sendClone(card);
    }
    pushCard();
  }

  private void sendClone(Card.Clone card) throws IOException {
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

  private void pushCard() throws IOException {
    out.write(new Card.Push(snapshot.serverCode(), snapshot.projectCode()));
  }

  @Override
  public void handle(Card.Pragma card) throws IOException {
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
      case "ci-lock" -> lockCheckIn(values);
      case "ci-unlock" -> {
        if (CheckInLocks.isUnlock(values) && CheckInLocks.anyIn(session)) {
          new CheckInLocks(writing()).unlock(values.get(0));
        }
      }
      default -> {
        // By the protocol, peers ignore pragmas that they do not know.
      }
    }
  }

  private void lockCheckIn(List<String> values) throws IOException {
    if (!CheckInLocks.isLock(values)) {
      return;
    }
    long now = time.now().getEpochSecond();
    new CheckInLocks(writing()).lock(values.get(0), values.get(1), access.login(), now, out);
    if (isSet("forbid-delta-manifests")) {
      out.pragma("avoid-delta-manifests");
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

  // ---- what the client asks for

  @Override
  public void handle(Card.Gimme card) throws IOException {
    gimmes++;
    remote.asksFor(card.name());
    if (pulling) {
      long rid = snapshot.content().rid(card.name());
      if (rid != 0) {
        sender.send(rid, cloningByNames);
      }
    }
  }

  @Override
  public void handle(Card.UnversionedGimme card) throws IOException {
    unversioned.send(card.name(), access, sender.isOverBudget());
  }

  @Override
  public void handle(Card.ConfigRequest card) throws IOException {
    if (access.may(Capability.READ)) {
      config.send(card.name(), access, out);
    }
  }

  // ---- what the client sends

  @Override
  public void handle(Card.Igot card) {
    if (pushing) {
      receiver().note(card, true);
    }
  }

  @Override
  public void handle(Card.File card) throws SyncProtocolException {
    requirePush();
    receiver().store(card);
  }

  @Override
  public void handle(Card.CompressedFile card) throws SyncProtocolException {
    requirePush();
    receiver().store(card);
  }

  @Override
  public void handle(Card.UnversionedFile card) throws SyncProtocolException {
    ServerUnversioned.requireWrite(access);
    nameSender();
    unversioned.receive(card);
  }

  @Override
  public void handle(Card.Config card) throws SyncProtocolException {
    if (!access.may(Capability.ADMIN)) {
      throw new SyncProtocolException("not authorized to push configuration");
    }
    config.receive(card, access, writing());
  }

  @Override
  public void handle(Card.Comment card) {
    // It only makes the message unique.
  }

  @Override
  public void handle(Card.Cookie card) {
    // It is for servers that keep state between messages, which this one does not.
  }

  @Override
  public void handleOther(Card card) throws SyncProtocolException {
    // Clients do not send the other kinds.
    throw new SyncProtocolException("bad command: " + card.kind());
  }

  // ---- the end of the answer

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
