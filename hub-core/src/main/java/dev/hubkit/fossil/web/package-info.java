/** The HTTP server of a repository: the sync endpoint and the pages. */
@NullMarked
package dev.hubkit.fossil.web;

import org.jspecify.annotations.NullMarked;
