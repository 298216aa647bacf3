package dev.hubkit.fossil.sync;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A part of the configuration that clients ask for by name. Source of the names and of the parts:
 * {@code fossil help configuration} and C fossil's configure.c.
 */
public enum ConfigArea {
  /** Concealed email addresses. */
  EMAIL("/email"),
  /** Project name, description and the like. */
  PROJECT(
      "/project",
      "project-name",
      "short-project-name",
      "project-description",
      "index-page",
      "manifest",
      "binary-glob",
      "clean-glob",
      "ignore-glob",
      "keep-glob",
      "crlf-glob",
      "crnl-glob",
      "encoding-glob",
      "empty-dirs",
      "dotfiles",
      "parent-project-code",
      "parent-project-name",
      "hash-policy",
      "comment-format",
      "mimetypes",
      "forbid-delta-manifests",
      "mv-rm-files"),
  /** The look of the pages. */
  SKIN(
      "/skin",
      "header",
      "mainmenu",
      "footer",
      "details",
      "js",
      "default-skin",
      "logo-mimetype",
      "logo-image",
      "background-mimetype",
      "background-image",
      "icon-mimetype",
      "icon-image",
      "timeline-block-markup",
      "timeline-date-format",
      "timeline-default-style",
      "timeline-dwelltime",
      "timeline-closetime",
      "timeline-hard-newlines",
      "timeline-max-comment",
      "timeline-plaintext",
      "timeline-truncate-at-blank",
      "timeline-tslink-info",
      "timeline-utc",
      "adunit",
      "adunit-omit-if-admin",
      "adunit-omit-if-user",
      "default-csp",
      "sitemap-extra",
      "safe-html"),
  /** The style sheet; part of the skin too. */
  CSS("/css", "css"),
  /** Shunned artifacts. */
  SHUN("/shun"),
  /** Columns, pages and reports of tickets. */
  TICKET(
      "/ticket",
      "ticket-table",
      "ticket-common",
      "ticket-change",
      "ticket-newpage",
      "ticket-viewpage",
      "ticket-editpage",
      "ticket-reportlist",
      "ticket-report-template",
      "ticket-key-template",
      "ticket-title-expr",
      "ticket-closed-expr"),
  /** Users with their passwords and capabilities. */
  USER("/user", "user-color-map"),
  /** Scripts that run on transfers. */
  XFER(
      "/xfer",
      "xfer-common-script",
      "xfer-push-script",
      "xfer-commit-script",
      "xfer-ticket-script"),
  /** Short names of pages. */
  ALIAS("/alias"),
  /** The users who get mail. */
  SUBSCRIBER("/subscriber"),
  /** Prefixes of links to other wikis. */
  INTERWIKI("/interwiki");

  private final String cardName;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> settings;

  ConfigArea(String cardName, String... settings) {
    this.cardName = cardName;
    this.settings = List.of(settings);
  }

  /** The name in a reqconfig card, with its slash. */
  public String cardName() {
    return cardName;
  }

  /** The settings of the area. */
  List<String> settings() {
    return settings;
  }

  /** Returns the areas that the name of a reqconfig card stands for; none when it is unknown. */
  static Set<ConfigArea> named(String name) {
    if (name.equals("/all")) {
      return EnumSet.allOf(ConfigArea.class);
    }
    Set<ConfigArea> areas = EnumSet.noneOf(ConfigArea.class);
    for (ConfigArea area : values()) {
      if (area.cardName.equals(name)) {
        areas.add(area);
      }
    }
    if (areas.contains(SKIN)) {
      areas.add(CSS);
    }
    return areas;
  }

  /** Returns the area of a setting that may be synced; none otherwise. */
  static List<ConfigArea> ofSetting(String setting) {
    List<ConfigArea> areas = new ArrayList<>(1);
    for (ConfigArea area : values()) {
      if (area.settings.contains(setting)) {
        areas.add(area);
      }
    }
    if (setting.startsWith("walias:/")) {
      areas.add(ALIAS);
    } else if (setting.startsWith("interwiki:")) {
      areas.add(INTERWIKI);
    }
    return areas;
  }
}
