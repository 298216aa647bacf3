package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.Snapshot;
import dev.hubkit.fossil.Transaction;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.DbTransaction;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One exchange of a client with a server: round trips until neither side has more for the other. It
 * commits what an answer brought before it sends the next message, so that the next exchange goes
 * on from there, however this one ends. It does not lock the repository while it waits for the
 * server. Used once, by one thread.
 */
final class ClientSession {
  /** Where an interrupted clone continues; a setting of the unfinished repository. */
  static final String CLONE_PROGRESS = "clone-sequence";

  private static final String[] CLIENT_VERSION = {"22100", "20230226", "192424"};
  private static final int SERVER_VERSION_ASSUMED = 20_000;
  private static final long DEFAULT_MAX_UPLOAD = 250_000;
  private static final int FEWEST_PHANTOMS = 200;
  private static final long LARGEST_ANSWER = 4L << 30;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final FossilRepository repository;
  private final SyncTransport transport;
  private final SyncOptions options;
  private final @Nullable ClientLogin login;
  private final BooleanSupplier cancelled;
  private final Consumer<SyncProgress> listener;

  private final MessageBuffer next = new MessageBuffer();
  private final XferCardWriter out = new XferCardWriter(next);
  private final PeerState remote = new PeerState(SERVER_VERSION_ASSUMED);
  private final ClientUnversioned unversioned;
  private final List<String> messages = new ArrayList<>();
  private final List<Long> unsent = new ArrayList<>();

  /** Records of a clone that are known only as the base of deltas. */
  private final Set<Long> missing = new HashSet<>();

  private boolean pushing;
  private boolean pushRefused;
  private @Nullable String lockedBy;
  private @Nullable String projectCode;
  private int cloneSequence = 1;
  private int cycle;
  private int phantomsToAskFor = FEWEST_PHANTOMS;
  private int gimmesReceived;
  private boolean configRequested;
  private long artifactsSent;
  private long artifactsReceived;
  private long bytesSent;
  private long bytesReceived;

  ClientSession(
      FossilRepository repository,
      SyncTransport transport,
      SyncOptions options,
      @Nullable ClientLogin login,
      BooleanSupplier cancelled,
      Consumer<SyncProgress> listener) {
    this.repository = repository;
    this.transport = transport;
    this.options = options;
    this.login = login;
    this.cancelled = cancelled;
    this.listener = listener;
    this.pushing = options.isPush();
    this.unversioned = new ClientUnversioned(options.revertsUnversioned());
  }

  SyncResult run() throws IOException {
    repository.<Boolean, IOException>read(
        snapshot -> {
          begin(snapshot);
          return true;
        });
    boolean more = true;
    while (more) {
      ensureWanted();
      repository.<Boolean, IOException>read(
          snapshot -> {
            compose(snapshot);
            return true;
          });
      try (MessageSpool answer = exchange()) {
        next.reset();
        out.reset();
        more = repository.<Boolean, IOException>write(transaction -> take(answer, transaction));
      }
      listener.accept(progress());
    }
    return new SyncResult(progress(), pushRefused, messages, lockedBy);
  }

  private SyncProgress progress() {
    return new SyncProgress(
        cycle, artifactsSent + unversioned.sent(), artifactsReceived, bytesSent, bytesReceived);
  }

  private void ensureWanted() {
    if (cancelled.getAsBoolean()) {
      throw new CancellationException("The exchange was cancelled");
    }
  }

  // ---- the message

  private void begin(Snapshot snapshot) throws IOException {
    if (options.isClone()) {
      String progress = snapshot.setting(CLONE_PROGRESS);
      cloneSequence = progress == null ? 1 : Integer.parseInt(progress);
      missing.addAll(snapshot.session().list("SELECT rid FROM phantom", row -> row.number(1)));
    }
    head(snapshot);
    if (options.isClone() && cloneSequence > 0) {
      out.write(new Card.Clone(3, cloneSequence));
    }
    if (options.isPull() && options.comparesEverything()) {
      out.pragma("send-catalog");
    }
  }

  private void head(Snapshot snapshot) throws IOException {
    if (options.includesPrivate()) {
      out.pragma("send-private");
    }
    out.pragma("client-version", CLIENT_VERSION);
    if (options.isPull()) {
      out.write(new Card.Pull(snapshot.serverCode(), snapshot.projectCode()));
    }
    if (pushing) {
      out.write(new Card.Push(snapshot.serverCode(), snapshot.projectCode()));
    }
  }

  /** Adds to the answer to the last reply what the repository needs. */
  private void compose(Snapshot snapshot) throws IOException {
    DbTransaction session = snapshot.session();
    projectCode = snapshot.setting("project-code");
    if (options.isPull() || (options.isClone() && cloneSequence <= 1)) {
      List<ArtifactName> wanted =
          ArtifactReceiver.wanted(session, remote, phantomsToAskFor, options.includesPrivate());
      for (ArtifactName name : wanted) {
        out.gimme(name.hex());
      }
      if (!wanted.isEmpty() && cycle == 2 && options.isPull()) {
        out.pragma("req-clusters");
      }
    }
    if (pushing) {
      offer(snapshot);
    }
    boolean known = !options.isClone() || cycle > 0;
    if (known && !configRequested) {
      for (ConfigArea area : options.pulledConfig()) {
        out.write(new Card.ConfigRequest(area.cardName()));
      }
      configRequested = true;
    }
    if (known && options.includesUnversioned()) {
      unversioned.compose(snapshot, maxUpload(snapshot), out);
    }
    if (cycle == 0) {
      if (!options.pushedConfig().isEmpty()) {
        new ConfigExchange(snapshot).send(options.pushedConfig(), out);
      }
      SyncOptions.CheckInLock lock = options.lock();
      if (lock != null) {
        out.pragma("ci-lock", lock.checkIn().hex(), lock.clientId());
      }
    }
    // This makes every message unique, and so the nonce of its login.
    byte[] random = new byte[20];
    RANDOM.nextBytes(random);
    out.write(new Card.Comment(HexFormat.of().formatHex(random)));
  }

  private void offer(Snapshot snapshot) throws IOException {
    DbTransaction session = snapshot.session();
    ArtifactSender sender = sender(snapshot);
    unsent.clear();
    for (long rid :
        session.list("SELECT rid FROM unsent EXCEPT SELECT rid FROM private", r -> r.number(1))) {
      sender.send(rid, false);
      unsent.add(rid);
    }
    artifactsSent += sender.sent();
    if (options.comparesEverything() && cycle == 0) {
      IgotSender.everything(session, remote, out);
    } else {
      IgotSender.unclustered(session, remote, out);
    }
    if (options.includesPrivate()) {
      IgotSender.privates(session, out);
    }
    if (gimmesReceived > 0 && cycle == 2) {
      IgotSender.clusters(session, remote, out);
    }
  }

  private ArtifactSender sender(Snapshot snapshot) {
    ArtifactSender sender =
        new ArtifactSender(snapshot, out, remote, maxUpload(snapshot), () -> false);
    if (options.includesPrivate()) {
      sender.includePrivate();
    }
    return sender;
  }

  private static long maxUpload(Snapshot snapshot) {
    String setting = snapshot.setting("max-upload");
    return setting != null && setting.matches("[0-9]{1,10}")
        ? Long.parseLong(setting)
        : DEFAULT_MAX_UPLOAD;
  }

  private MessageSpool exchange() throws IOException {
    MessageBuffer message = next;
    // A server names its project in its first answer when the client does not know it.
    String project = projectCode;
    if (login != null && project != null) {
      message = login.sign(next, project);
    }
    MessageBuffer body = message.encode(MessageFormat.COMPRESSED);
    SyncTransport.Answer answer =
        transport.exchange(
            MessageFormat.COMPRESSED,
            new SyncTransport.Body() {
              @Override
              public long length() {
                return body.size();
              }

              @Override
              public void writeTo(OutputStream target) throws IOException {
                body.writeTo(target);
              }
            });
    bytesSent += body.size();
    try (InputStream packed = answer.body();
        InputStream in = answer.format().decode(packed, LARGEST_ANSWER)) {
      return MessageSpool.of(in);
    } finally {
      ensureWanted();
    }
  }

  // ---- the answer

  /** Stores what the answer brought and begins the next message; returns whether to send that. */
  private boolean take(MessageSpool answer, Transaction transaction) throws IOException {
    for (long rid : unsent) {
      transaction.session().run("DELETE FROM unsent WHERE rid=?", rid);
    }
    unsent.clear();
    head(transaction);
    Round round = new Round(transaction);
    try (InputStream in = answer.open(0)) {
      XferCardReader cards = new XferCardReader(in, Integer.MAX_VALUE - 16);
      for (Card card = cards.next(); card != null; card = cards.next()) {
        ensureWanted();
        card.accept(round);
      }
    }
    unversioned.removeUnknown(transaction);
    bytesReceived += answer.size();
    cycle++;
    return round.finish();
  }

  /** Handles the cards of one answer. */
  private final class Round implements CardHandler {
    private final Transaction transaction;
    private final ArtifactReceiver receiver;
    private final CloneReceiver cloned;
    private final ArtifactSender sender;
    private boolean newPhantoms;
    private int configs;

    Round(Transaction transaction) {
      this.transaction = transaction;
      this.receiver = new ArtifactReceiver(transaction, remote, options.includesPrivate());
      this.cloned = new CloneReceiver(transaction, missing, options.includesPrivate());
      this.sender = sender(transaction);
      gimmesReceived = 0;
    }

    @Override
    public void handle(Card.CompressedFile card) {
      if (options.isClone()) {
        cloned.receive(card);
      } else {
        receiver.store(card);
      }
    }

    @Override
    public void handle(Card.File card) {
      receiver.store(card);
    }

    @Override
    public void handle(Card.Igot card) {
      newPhantoms |= receiver.note(card, options.isPull() || options.isClone());
    }

    @Override
    public void handle(Card.Private card) {
      receiver.expectPrivate();
      cloned.expectPrivate();
    }

    @Override
    public void handle(Card.CloneSequence card) {
      cloneSequence = card.next();
    }

    @Override
    public void handle(Card.UnversionedIgot card) throws IOException {
      if (options.includesUnversioned()) {
        unversioned.compare(card, transaction, out);
      }
    }

    @Override
    public void handle(Card.UnversionedFile card) throws IOException {
      unversioned.received(card, transaction);
    }

    @Override
    public void handle(Card.Config card) {
      new ConfigExchange(transaction).receive(card, options.pulledConfig(), transaction);
      configs++;
    }

    @Override
    public void handle(Card.Cookie card) {
      transaction.set("cookie", card.text());
    }

    @Override
    public void handle(Card.Failure card) throws IOException {
      // The first message of a clone is not signed, so a server that requires a login refuses it.
      if (!options.isClone() || cycle > 0) {
        throw new SyncRefusedException(card.message());
      }
    }

    @Override
    public void handle(Card.Comment card) {
      // The pragma holds the server's clock, and how many errors the answer has.
    }

    @Override
    public void handleOther(Card card) throws IOException {
      throw new SyncProtocolException("unexpected card from the server: " + card.kind());
    }

    @Override
    public void handle(Card.Gimme card) throws IOException {
      remote.asksFor(card.name());
      long rid = transaction.content().rid(card.name());
      if (pushing && rid != 0) {
        remote.lacks(rid);
        sender.send(rid, false);
        gimmesReceived++;
      }
    }

    @Override
    public void handle(Card.Push card) throws IOException {
      if (!options.isClone()) {
        return;
      }
      if (transaction.setting("project-code") == null) {
        transaction.set("project-code", card.projectCode());
      }
      if (cloneSequence > 0) {
        out.write(new Card.Clone(3, cloneSequence));
      }
    }

    @Override
    public void handle(Card.Message card) {
      String text = card.text();
      if (pushing && text.startsWith("pull only ")) {
        pushing = false;
        pushRefused = true;
      }
      messages.add(text);
    }

    @Override
    public void handle(Card.Pragma card) {
      List<String> values = card.values();
      switch (card.name()) {
        case "server-version" -> {
          if (values.size() >= 2) {
            remote.version(number(values.get(0)), number(values.get(1)));
          }
        }
        case "uv-pull-only" -> unversioned.serverTakes(false);
        case "uv-push-ok" -> unversioned.serverTakes(true);
        case "ci-lock-fail" -> {
          if (!values.isEmpty()) {
            lockedBy = CardText.decode(values.get(0));
          }
        }
        default -> {
          // By the protocol, peers ignore pragmas that they do not know.
        }
      }
    }

    boolean finish() {
      cloned.linkDeltas();
      int received = receiver.received() + cloned.received();
      artifactsReceived += received + unversioned.received() + configs;
      artifactsSent += sender.sent();
      if (options.isClone()) {
        transaction.set(CLONE_PROGRESS, Integer.toString(cloneSequence));
      }
      if ((received > 0 || newPhantoms) && transaction.session().exists("SELECT 1 FROM phantom")) {
        phantomsToAskFor = Math.max(FEWEST_PHANTOMS, received * 2);
        return true;
      }
      if (sender.sent() > 0
          || (sender.privateIgots() > 0 && cycle == 1)
          || (options.includesUnversioned() && unversioned.goesOn(cycle))) {
        return true;
      }
      return options.isClone() && (cycle == 1 || received > 0);
    }
  }

  private static int number(String text) {
    return text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : 0;
  }
}
