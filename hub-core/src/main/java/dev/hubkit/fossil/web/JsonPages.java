package dev.hubkit.fossil.web;

import dev.hubkit.fossil.Branch;
import dev.hubkit.fossil.Snapshot;
import dev.hubkit.fossil.Tag;
import dev.hubkit.fossil.TimelineEntry;
import dev.hubkit.fossil.TimelineFilter;
import dev.hubkit.fossil.UnversionedFile;
import dev.hubkit.fossil.WikiVersion;
import dev.hubkit.fossil.artifact.Manifest;
import dev.hubkit.fossil.artifact.ManifestFile;
import dev.hubkit.fossil.artifact.Permission;
import dev.hubkit.fossil.artifact.WikiPage;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.sync.Capability;
import dev.hubkit.json.JsonWriter;
import java.util.List;

/** The content of the pages as JSON, for tests and tools. Times are in ISO 8601, UTC. */
final class JsonPages {
  private static final int MOST_ENTRIES = 10_000;

  private JsonPages() {}

  static Response answer(Request request) throws PageException {
    JsonWriter json = JsonWriter.compact().beginObject();
    String rest = request.rest();
    int slash = rest.indexOf('/');
    String what = slash < 0 ? rest : rest.substring(0, slash);
    String of = slash < 0 ? "" : rest.substring(slash + 1);
    switch (what) {
      case "stat" -> stat(request.snapshot(), json);
      case "timeline" -> timeline(request, json);
      case "checkin" -> checkIn(request.snapshot(), of.isEmpty() ? "tip" : of, json);
      case "files" -> files(request, of.isEmpty() ? "tip" : of, json);
      case "branches" -> branches(request.snapshot(), json);
      case "tags" -> tags(request.snapshot(), json);
      case "wiki" -> wiki(request, of, json);
      case "unversioned" -> unversioned(request.snapshot(), json);
      default -> throw new PageException(404, "There is nothing about \"" + what + "\"");
    }
    return Response.json(json.endObject().toBytes());
  }

  private static void stat(Snapshot snapshot, JsonWriter json) {
    json.field("project", snapshot.projectCode()).field("server", snapshot.serverCode());
    json.fieldIfSet("name", snapshot.setting("project-name"));
    for (ListPages.Count count : ListPages.Count.values()) {
      json.field(count.key, count.in(snapshot));
    }
    json.field("bytes", ListPages.Count.bytes(snapshot));
  }

  private static void timeline(Request request, JsonWriter json) throws PageException {
    TimelineFilter filter =
        new TimelineFilter()
            .limit(request.number("n", 50, 1, MOST_ENTRIES))
            .offset(request.number("o", 0, 0, Integer.MAX_VALUE / 2));
    TimelinePages.narrow(filter, request);
    json.beginArray("entries");
    for (TimelineEntry entry : TimelinePages.visible(request, filter)) {
      json.beginObject()
          .field("artifact", entry.name().hex())
          .field("type", entry.type().letters())
          .field("time", entry.time().toString())
          .fieldIfSet("user", entry.user())
          .field("comment", entry.comment())
          .fieldIfSet("branch", entry.branch());
      if (entry.type() == TimelineEntry.Type.CHECK_IN) {
        json.field("tags", entry.tags())
            .field("parents", names(request.snapshot(), entry.parents()))
            .field("leaf", entry.isLeaf())
            .field("closed", entry.isClosed());
      }
      json.endObject();
    }
    json.endArray();
  }

  private static List<String> names(Snapshot snapshot, List<Long> rids) {
    return rids.stream()
        .map(rid -> snapshot.content().name(rid))
        .filter(name -> name != null)
        .map(ArtifactName::hex)
        .toList();
  }

  private static void checkIn(Snapshot snapshot, String version, JsonWriter json) {
    ArtifactName name = snapshot.resolve(version);
    Manifest manifest = snapshot.checkIn(name);
    json.field("artifact", name.hex())
        .field("time", manifest.date().toString())
        .fieldIfSet("user", manifest.user())
        .fieldIfSet("comment", manifest.comment())
        .field("parents", manifest.parents().stream().map(ArtifactName::hex).toList());
  }

  private static void files(Request request, String version, JsonWriter json) {
    json.field("checkin", request.snapshot().resolve(version).hex());
    json.beginArray("files");
    for (ManifestFile file : FilePages.files(request, version)) {
      json.beginObject().field("name", file.name());
      ArtifactName content = file.content();
      json.fieldIfSet("artifact", content == null ? null : content.hex());
      json.fieldIfSet("executable", file.permission() == Permission.EXECUTABLE);
      json.fieldIfSet("symlink", file.permission() == Permission.SYMLINK);
      json.endObject();
    }
    json.endArray();
  }

  private static void branches(Snapshot snapshot, JsonWriter json) {
    json.beginArray("branches");
    for (Branch branch : snapshot.branches()) {
      json.beginObject()
          .field("name", branch.name())
          .field("tip", branch.tip().hex())
          .field("changed", branch.changed().toString())
          .field("checkins", branch.checkIns())
          .field("closed", branch.isClosed())
          .endObject();
    }
    json.endArray();
  }

  private static void tags(Snapshot snapshot, JsonWriter json) {
    json.beginArray("tags");
    for (Tag tag : snapshot.tags()) {
      json.beginObject()
          .field("name", tag.name())
          .field("checkin", tag.checkIn().hex())
          .field("time", tag.time().toString())
          .endObject();
    }
    json.endArray();
  }

  private static void wiki(Request request, String title, JsonWriter json) throws PageException {
    request.require(Capability.READ_WIKI);
    if (title.isEmpty()) {
      json.beginArray("pages");
      for (WikiVersion page : request.snapshot().wiki().pages()) {
        json.beginObject()
            .field("title", page.title())
            .field("artifact", page.name().hex())
            .field("time", page.time().toString())
            .endObject();
      }
      json.endArray();
      return;
    }
    WikiPage page = request.snapshot().wiki().page(title);
    if (page == null) {
      throw new PageException(404, "There is no wiki page \"" + title + "\"");
    }
    json.field("title", title).fieldIfSet("mimetype", page.mimetype()).field("text", page.text());
  }

  private static void unversioned(Snapshot snapshot, JsonWriter json) {
    json.beginArray("files");
    for (UnversionedFile file : snapshot.unversioned().all()) {
      json.beginObject()
          .field("name", file.path())
          .field("time", file.time().toString())
          .field("size", file.size())
          .field("hash", file.hash().hex())
          .endObject();
    }
    json.endArray();
  }
}
