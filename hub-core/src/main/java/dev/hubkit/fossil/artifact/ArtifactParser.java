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
 * Reads one artifact strictly: the cards in order, none missing, none that does not belong, and a
 * correct checksum. Skips a clear-sign signature around the artifact.
 */
final class ArtifactParser {
  /** "Z " with 32 digits and a line end. */
  private static final int CHECKSUM_CARD = 35;

  private final byte[] content;
  private final int start;
  private final int end;
  private final ArtifactCardReader in;
  private final FileCards known;

  private @Nullable ArtifactType type;
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
    int[] bounds = ClearSignature.artifactIn(content);
    this.start = bounds[0];
    this.end = bounds[1];
    this.in = new ArtifactCardReader(content, start, end);
  }

  /** Returns quickly whether content may be an artifact; false for nearly everything else. */
  static boolean looksLikeArtifact(byte[] content) {
    int size = content.length;
    if (size < 10 || content[size - 1] != '\n') {
      return false;
    }
    if (content[0] == '-') {
      return ClearSignature.begins(content);
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
      boolean repeated = (seen & ArtifactType.card(card)) != 0;
      if (repeated && "ABCDEGHIKLNRUWZ".indexOf(card) >= 0) {
        throw in.malformed("more than one");
      }
      previous = card;
      seen |= ArtifactType.card(card);
      read(card);
    }
    return build();
  }

  private void checkSum() {
    int card = end - CHECKSUM_CARD;
    if (card < start || content[card] != 'Z' || content[card + 1] != ' ') {
      throw new MalformedContentException("artifact: no Z card at the end");
    }
    String expected = ArtifactCardWriter.md5(content, start, card - start);
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
        is(ArtifactType.MANIFEST);
      }
      case 'C' -> comment = in.text("comment");
      case 'D' -> date = date(in.word("date"));
      case 'E' -> {
        eventDate = date(in.word("date"));
        eventId = in.name("identity");
        is(ArtifactType.TECHNOTE);
      }
      case 'F' -> file();
      case 'G' -> {
        threadRoot = in.name("thread root");
        is(ArtifactType.FORUM);
      }
      case 'H' -> {
        threadTitle = in.text("title");
        is(ArtifactType.FORUM);
      }
      case 'I' -> {
        inReplyTo = in.name("post");
        is(ArtifactType.FORUM);
      }
      case 'J' -> field();
      case 'K' -> {
        ticket = in.hex("ticket", 40);
        is(ArtifactType.TICKET);
      }
      case 'L' -> {
        wikiTitle = in.text("title");
        if (!Names.isWikiTitle(wikiTitle)) {
          throw in.malformed("not a title of a wiki page");
        }
        is(ArtifactType.WIKI);
      }
      case 'M' -> {
        ArtifactName member = in.name("member");
        if (!members.isEmpty() && members.get(members.size() - 1).compareTo(member) >= 0) {
          throw in.malformed("members out of order");
        }
        members.add(member);
        is(ArtifactType.CLUSTER);
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
        is(ArtifactType.MANIFEST);
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

  private void is(ArtifactType type) {
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
    is(ArtifactType.ATTACHMENT);
  }

  private void file() {
    is(ArtifactType.MANIFEST);
    int card = in.position() - 2;
    ManifestFile same = known.recognize(card, end);
    // A card without a hash is allowed only in a delta manifest.
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
    // Historical check-ins may hold such files; this skips them, as C fossil does.
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
    is(ArtifactType.TICKET);
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
    is(ArtifactType.MANIFEST);
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
    ArtifactType type = this.type;
    if (type == null) {
      type =
          comment != null || !parents.isEmpty() || !files.isEmpty()
              ? ArtifactType.MANIFEST
              : ArtifactType.CONTROL;
    }
    type.check(seen);
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
      case CLUSTER -> new ClusterArtifact(members);
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
}
