package dev.hubkit.fossil.artifact;

import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.JulianDay;
import dev.hubkit.fossil.content.MalformedContentException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads one artifact, strictly: cards in order, none missing and none that do not belong, the
 * checksum right. A clear-sign signature around the artifact is skipped.
 */
final class ArtifactParser {
  /** "Z " with 32 digits and a line end. */
  private static final int CHECKSUM_CARD = 35;

  private static final byte[] SIGNED = ascii("-----BEGIN PGP SIGNED MESSAGE-----");
  private static final byte[] SIGNATURE = ascii("\n-----BEGIN PGP SIGNATURE-");

  private enum Type {
    MANIFEST("manifest", "BCDFNPQRTUZ", "DZ"),
    CLUSTER("cluster", "MZ", "MZ"),
    CONTROL("control artifact", "DTUZ", "DTUZ"),
    WIKI("wiki page", "CDLNPUWZ", "DLUWZ"),
    TICKET("ticket change", "DJKUZ", "DJKUZ"),
    ATTACHMENT("attachment", "ACDNUZ", "ADZ"),
    TECHNOTE("technote", "CDENPTUWZ", "DEWZ"),
    FORUM("forum post", "DGHINPUWZ", "DUWZ");

    final String label;
    final int allowed;
    final int required;

    Type(String label, String allowed, String required) {
      this.label = label;
      this.allowed = mask(allowed);
      this.required = mask(required);
    }

    private static int mask(String cards) {
      return cards.chars().map(c -> 1 << (c - 'A')).reduce(0, (a, b) -> a | b);
    }
  }

  private final byte[] content;
  private final int start;
  private final int end;
  private final CardReader in;
  private final FileCards known;

  private @Nullable Type type;
  private int seen;
  private @Nullable String attachmentFile;
  private @Nullable String attachmentTarget;
  private @Nullable ArtifactName attachmentSource;
  private @Nullable ArtifactName baseline;
  private @Nullable String comment;
  private @Nullable Instant date;
  private @Nullable Instant eventDate;
  private @Nullable ArtifactName eventId;
  private final List<ManifestFile> files = new ArrayList<>();
  private @Nullable String lastFile;
  private @Nullable ArtifactName threadRoot;
  private @Nullable String threadTitle;
  private @Nullable ArtifactName inReplyTo;
  private final List<TicketChange.Field> fields = new ArrayList<>();
  private @Nullable String ticket;
  private @Nullable String wikiTitle;
  private final List<ArtifactName> members = new ArrayList<>();
  private @Nullable String mimetype;
  private final List<ArtifactName> parents = new ArrayList<>();
  private final List<Cherrypick> cherrypicks = new ArrayList<>();
  private @Nullable String checksum;
  private final List<TagChange> tags = new ArrayList<>();
  private @Nullable String user;
  private @Nullable String body;

  ArtifactParser(byte[] content, FileCards known) {
    this.known = known;
    this.content = content;
    int[] bounds = withoutSignature(content);
    this.start = bounds[0];
    this.end = bounds[1];
    this.in = new CardReader(content, start, end);
  }

  /** A quick look that turns away nearly everything that is no artifact. */
  static boolean looksLikeArtifact(byte[] content) {
    int size = content.length;
    if (size < 10 || content[size - 1] != '\n') {
      return false;
    }
    if (content[0] == '-') {
      return startsWith(content, 0, SIGNED);
    }
    return content[0] >= 'A'
        && content[0] <= 'Z'
        && content[1] == ' '
        && size > CHECKSUM_CARD
        && content[size - CHECKSUM_CARD] == 'Z'
        && content[size - CHECKSUM_CARD + 1] == ' ';
  }

  Artifact parse() {
    if (content.length == 0 || content[content.length - 1] != '\n') {
      throw new MalformedContentException("artifact: does not end with a line end");
    }
    if (end - start < 10
        || content[start] < 'A'
        || content[start] > 'Z'
        || content[start + 1] != ' ') {
      throw new MalformedContentException("artifact: does not begin with a card");
    }
    checkSum();
    known.begin(content);
    char previous = 0;
    for (char card = in.next(); card != 0; card = in.next()) {
      // Technotes of Fossil before 2021-02-10 have the N card after the P card.
      if (card < previous && !(card == 'N' && previous == 'P' && eventId != null)) {
        throw in.malformed("out of order");
      }
      boolean repeated = (seen & 1 << (card - 'A')) != 0;
      if (repeated && "ABCDEGHIKLNRUWZ".indexOf(card) >= 0) {
        throw in.malformed("more than one");
      }
      previous = card;
      seen |= 1 << (card - 'A');
      read(card);
    }
    return build();
  }

  private void checkSum() {
    int card = end - CHECKSUM_CARD;
    if (card < start || content[card] != 'Z' || content[card + 1] != ' ') {
      throw new MalformedContentException("artifact: no Z card at the end");
    }
    String expected = CardWriter.md5(content, start, card - start);
    if (!expected.equals(new String(content, card + 2, 32, StandardCharsets.ISO_8859_1))) {
      throw new MalformedContentException(
          "artifact: the checksum of the Z card is wrong, it should be " + expected);
    }
  }

  private void read(char card) {
    switch (card) {
      case 'A' -> attachment();
      case 'B' -> {
        baseline = in.name("baseline");
        is(Type.MANIFEST);
      }
      case 'C' -> comment = in.text("comment");
      case 'D' -> date = date(in.word("date"));
      case 'E' -> {
        eventDate = date(in.word("date"));
        eventId = in.name("identity");
        is(Type.TECHNOTE);
      }
      case 'F' -> file();
      case 'G' -> {
        threadRoot = in.name("thread root");
        is(Type.FORUM);
      }
      case 'H' -> {
        threadTitle = in.text("title");
        is(Type.FORUM);
      }
      case 'I' -> {
        inReplyTo = in.name("post");
        is(Type.FORUM);
      }
      case 'J' -> field();
      case 'K' -> {
        ticket = in.hex("ticket", 40);
        is(Type.TICKET);
      }
      case 'L' -> {
        wikiTitle = in.text("title");
        if (!Names.isWikiTitle(wikiTitle)) {
          throw in.malformed("not a title of a wiki page");
        }
        is(Type.WIKI);
      }
      case 'M' -> {
        ArtifactName member = in.name("member");
        if (!members.isEmpty() && members.get(members.size() - 1).compareTo(member) >= 0) {
          throw in.malformed("members out of order");
        }
        members.add(member);
        is(Type.CLUSTER);
      }
      case 'N' -> mimetype = in.text("mimetype");
      case 'P' -> {
        while (!in.atLineEnd()) {
          parents.add(in.name("parent"));
        }
      }
      case 'Q' -> cherrypick();
      case 'R' -> {
        checksum = in.hex("checksum", 32);
        is(Type.MANIFEST);
      }
      case 'T' -> tag();
      case 'U' -> {
        String name = in.text();
        user = name == null || name.isEmpty() ? "anonymous" : name;
      }
      case 'W' -> body = in.body();
      case 'Z' -> in.hex("checksum", 32);
      default -> throw in.malformed("unknown card");
    }
  }

  private void is(Type type) {
    this.type = type;
  }

  private Instant date(String word) {
    try {
      return JulianDay.parse(word);
    } catch (MalformedContentException e) {
      throw in.malformed(String.valueOf(e.getMessage()));
    }
  }

  private void attachment() {
    String file = in.text("file name");
    String target = in.text("target");
    if (!Names.isSimplePath(file)) {
      throw in.malformed("not a file name");
    }
    if (!ArtifactName.isName(target) && !Names.isWikiTitle(target)) {
      throw in.malformed("the target is neither a hash nor the title of a wiki page");
    }
    attachmentFile = file.substring(file.lastIndexOf('/') + 1);
    attachmentTarget = target;
    String source = in.word();
    // A deletion may be written as no word or as an empty one.
    attachmentSource = source == null || source.isEmpty() ? null : in.name("source", source);
    is(Type.ATTACHMENT);
  }

  private void file() {
    is(Type.MANIFEST);
    int card = in.position() - 2;
    ManifestFile same = known.recognize(card, end);
    // In a delta manifest a card without a hash is right, in another one it is not.
    if (same != null && (same.content() != null || baseline != null)) {
      in.skip(known.recognizedLength() - 2);
      addFile(card, same, known.followsLast());
      return;
    }
    String name = in.text("file name");
    if (!Names.isSimplePath(name)) {
      throw in.malformed("not a simple path");
    }
    ArtifactName hash = baseline == null ? in.name("hash") : in.nameOrEnd("hash");
    String permission = in.word();
    String prior = in.text();
    if (prior != null && !Names.isSimplePath(prior)) {
      throw in.malformed("the old name is not a simple path");
    }
    // Historical check-ins may hold such files; they are passed over, as C fossil does.
    if (!Names.isReserved(name)) {
      addFile(
          card,
          new ManifestFile(
              name,
              hash,
              permission == null ? Permission.REGULAR : Permission.ofCard(permission),
              prior),
          false);
    }
  }

  private void addFile(int card, ManifestFile file, boolean inOrder) {
    if (!inOrder && lastFile != null && Names.compare(lastFile, file.name()) >= 0) {
      throw in.malformed("files out of order");
    }
    lastFile = file.name();
    known.add(card, in.position(), file);
    files.add(file);
  }

  private void field() {
    String name = in.word("name");
    String value = in.text();
    if (!fields.isEmpty() && Names.compare(fields.get(fields.size() - 1).name(), name) >= 0) {
      throw in.malformed("fields out of order");
    }
    fields.add(new TicketChange.Field(name, value == null ? "" : value));
    is(Type.TICKET);
  }

  private void cherrypick() {
    String word = in.word("hash");
    if (!word.startsWith("+") && !word.startsWith("-")) {
      throw in.malformed("neither '+' nor '-' in front");
    }
    cherrypicks.add(
        new Cherrypick(
            word.charAt(0) == '-',
            in.name("hash", word.substring(1)),
            in.nameOrEnd("second hash")));
    is(Type.MANIFEST);
  }

  private void tag() {
    String signed = in.text("name");
    String target = in.word("target");
    String value = in.text();
    TagChange.Kind kind =
        switch (signed.isEmpty() ? ' ' : signed.charAt(0)) {
          case '+' -> TagChange.Kind.SINGLE;
          case '*' -> TagChange.Kind.PROPAGATE;
          case '-' -> TagChange.Kind.CANCEL;
          default -> throw in.malformed("the name does not begin with '+', '-' or '*'");
        };
    String name = signed.substring(1);
    if (!name.isEmpty() && name.chars().allMatch(c -> c < 128 && Character.digit(c, 16) >= 0)) {
      throw in.malformed("the name looks like a hash");
    }
    TagChange tag =
        new TagChange(kind, name, target.equals("*") ? null : in.name("target", target), value);
    if (!tags.isEmpty()) {
      TagChange last = tags.get(tags.size() - 1);
      int order = Names.compare(last.signedName(), signed);
      if (order > 0 || (order == 0 && !precedes(last.target(), tag.target()))) {
        throw in.malformed("tags out of order");
      }
    }
    tags.add(tag);
  }

  private static boolean precedes(@Nullable ArtifactName first, @Nullable ArtifactName second) {
    return second != null && (first == null || first.compareTo(second) < 0);
  }

  private Artifact build() {
    Type type = this.type;
    if (type == null) {
      type =
          comment != null || !parents.isEmpty() || !files.isEmpty() ? Type.MANIFEST : Type.CONTROL;
    }
    int foreign = seen & ~type.allowed;
    if (foreign != 0) {
      throw new MalformedContentException(
          "artifact: a " + letter(foreign) + " card does not belong in a " + type.label);
    }
    int missing = type.required & ~seen;
    if (missing != 0) {
      throw new MalformedContentException(
          "artifact: no " + letter(missing) + " card in a " + type.label);
    }
    return switch (type) {
      case MANIFEST -> {
        known.commit();
        yield new Manifest(
            baseline,
            comment,
            given(date),
            files,
            mimetype,
            parents,
            cherrypicks,
            checksum,
            tags,
            user);
      }
      case CLUSTER -> new Cluster(members);
      case CONTROL -> control();
      case WIKI ->
          new WikiPage(
              comment, given(date), given(wikiTitle), mimetype, parents, user, given(body));
      case TICKET -> new TicketChange(given(date), fields, given(ticket), user);
      case ATTACHMENT ->
          new Attachment(
              given(attachmentFile),
              given(attachmentTarget),
              attachmentSource,
              comment,
              given(date),
              mimetype,
              user);
      case TECHNOTE -> technote();
      case FORUM -> forumPost();
    };
  }

  private Control control() {
    if (tags.stream().anyMatch(tag -> tag.target() == null)) {
      throw new MalformedContentException("artifact: a control artifact cannot tag itself");
    }
    return new Control(given(date), tags, user);
  }

  private TechNote technote() {
    if (tags.stream().anyMatch(t -> t.target() != null || t.kind() != TagChange.Kind.SINGLE)) {
      throw new MalformedContentException(
          "artifact: a technote can only put single tags on itself");
    }
    return new TechNote(
        comment,
        given(date),
        given(eventDate),
        given(eventId),
        mimetype,
        parents,
        tags,
        user,
        given(body));
  }

  private ForumPost forumPost() {
    if (threadTitle != null && inReplyTo != null) {
      throw new MalformedContentException(
          "artifact: a forum post has either an H or an I card, not both");
    }
    if (parents.size() > 1) {
      throw new MalformedContentException("artifact: a forum post edits one post only");
    }
    return new ForumPost(
        given(date), threadRoot, threadTitle, inReplyTo, mimetype, parents, user, given(body));
  }

  private static <T> T given(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("a required card has no value");
    }
    return value;
  }

  private static char letter(int mask) {
    return (char) ('A' + Integer.numberOfTrailingZeros(mask));
  }

  /** Where the artifact begins and ends inside a clear-signed message, or else all of it. */
  private static int[] withoutSignature(byte[] content) {
    if (!startsWith(content, 0, SIGNED)) {
      return new int[] {0, content.length};
    }
    int start = SIGNED.length;
    while (start < content.length && !afterBlankLine(content, start)) {
      start++;
    }
    int end = content.length;
    for (int i = content.length - 1; i >= start; i--) {
      if (startsWith(content, i, SIGNATURE)) {
        end = i + 1;
        break;
      }
    }
    return new int[] {Math.min(start, end), end};
  }

  private static boolean afterBlankLine(byte[] content, int at) {
    return content[at - 1] == '\n'
        && (content[at - 2] == '\n' || (content[at - 2] == '\r' && content[at - 3] == '\n'));
  }

  private static boolean startsWith(byte[] content, int at, byte[] start) {
    return content.length - at >= start.length
        && java.util.Arrays.equals(content, at, at + start.length, start, 0, start.length);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
