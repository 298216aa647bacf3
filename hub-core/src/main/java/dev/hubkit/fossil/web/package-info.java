/**
 * The HTTP server of a repository: the sync endpoint and the pages. Above the foundation, it uses
 * only {@code fossil}, {@code fossil.artifact}, {@code fossil.content} and {@code fossil.sync}.
 */
@NullMarked
package dev.hubkit.fossil.web;

import org.jspecify.annotations.NullMarked;
