/* SPDX-License-Identifier: ISC */
/*
 * The command line, word by word: options, the command, the URL and what else a
 * command takes. What a value may be is option_values.c.
 */
#include "cli/options_p.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/suggest.h"

enum {
	REQUEST_WORDS = 3, /* METHOD NAME ARGUMENTS */
	FIRST_LONG = 256   /* what getopt_long returns for the first option */
};

static const struct option_row *
row_of(int value)
{
	const size_t count = option_count();

	if (value >= FIRST_LONG)
		return option_at((size_t)(value - FIRST_LONG));
	for (size_t i = 0; i < count; i++) {
		if (value != 0 && value == option_at(i)->letter)
			return option_at(i);
	}
	return NULL;
}

/* getopt_long's view of the table. */
static void
describe(struct option *longs, char *shorts)
{
	/* Operands in their place ('-') whatever POSIXLY_CORRECT says, and
	 * a missing argument told from an unknown option (':'). */
	*shorts++ = '-';
	*shorts++ = ':';
	size_t count = option_count();

	for (size_t i = 0; i < count; i++) {
		const struct option_row *row = option_at(i);

		longs[i] = (struct option){
			.name = row->name,
			.has_arg = row->argument != NULL ? required_argument :
							   no_argument,
			.val = FIRST_LONG + (int)i,
		};
		if (row->letter == 0)
			continue;
		*shorts++ = row->letter;
		if (row->argument != NULL)
			*shorts++ = ':';
	}
	longs[count] = (struct option){ 0 };
	*shorts = '\0';
}

/* `word` may carry a value, perhaps a secret, behind '=': never shown. */
static int
unknown_option(const char *word, struct fault *f)
{
	char name[64] = "";
	char shown[64] = "";
	struct suggestion suggestion;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
	log_text(shown, sizeof(shown), span_of(name));
	suggestion_init(&suggestion, name + strspn(name, "-"));
	for (size_t i = 0; i < option_count(); i++)
		suggestion_consider(&suggestion, option_at(i)->name);
	if (suggestion.best == NULL)
		return fault_set(f, FAULT_USAGE, "unknown option %s", shown);
	return fault_set(f, FAULT_USAGE,
	    "unknown option %s; did you mean --%s?", shown, suggestion.best);
}

/* getopt_long returned '?' or ':'. */
static int
bad_option(const struct option_parser *p, int result, struct fault *f)
{
	const struct option_row *row = row_of(optopt);
	char letter[] = { '-', (char)optopt, '\0' };

	if (optopt == 0)
		return unknown_option(p->argv[optind - 1], f);
	if (row == NULL)
		return unknown_option(letter, f);
	if (result == ':')
		return fault_set(f, FAULT_USAGE, "--%s needs a value: %s",
		    row->name, row->argument);
	return fault_set(f, FAULT_USAGE, "--%s takes no value", row->name);
}

static bool
looks_like_host(const char *word)
{
	size_t host = strcspn(word, "/:");

	return strchr(word, '.') != NULL || word[host] != '\0' ||
	       strcmp(word, "localhost") == 0;
}

/*
 * The word is not shown unless it is nearly one of ours: behind a --header
 * whose quotes were forgotten it may be a key.
 */
static int
unknown_word(const struct option_parser *p, const char *word, struct fault *f)
{
	struct suggestion suggestion;

	suggestion_init(&suggestion, word);
	for (const struct command *c = p->commands; c->bit != 0; c++) {
		if (c->name != NULL)
			suggestion_consider(&suggestion, c->name);
	}
	if (suggestion.best != NULL) {
		char shown[64] = "";
		return fault_set(f, FAULT_USAGE,
		    "unknown command \"%s\"; did you mean \"%s\"?",
		    log_text(shown, sizeof(shown), span_of(word)),
		    suggestion.best);
	}
	if (option_named(word) != NULL)
		return fault_set(f, FAULT_USAGE,
		    "unknown command \"%s\"; did you mean --%s?", word, word);

	fault_set(f, FAULT_USAGE,
	    "an argument is neither an option, nor a command, nor a URL");
	if (p->count > 0 && p->settings[p->count - 1].row->set == set_header)
		fault_advise(f, "Quote a header that has spaces: "
				"--header 'Name: value'");
	else if (looks_like_host(word))
		fault_advise(f, "Write the URL with its scheme, https://");
	return -1;
}

/* The URL comes first, or from the environment; a method is none. */
static int
take_request(struct option_parser *p, char *word, struct fault *f)
{
	struct list *operands = &p->options->operands;

	if (operands->count == 0 && p->url == NULL &&
	    strstr(word, "://") != NULL) {
		p->url = word;
		return 0;
	}
	if (operands->count == REQUEST_WORDS)
		return fault_set(f, FAULT_USAGE,
		    "too many arguments: quote JSON that has spaces");
	list_add(operands, word);
	return 0;
}

static int
take_file(struct option_parser *p, const char *word, struct fault *f)
{
	struct list *operands = &p->options->operands;

	if (operands->count > 0)
		return fault_set(f, FAULT_USAGE, "more than one file is given");
	list_add(operands, word);
	return 0;
}

/* An argument that is no option: a command in the first place, or the URL. */
static int
take_operand(struct option_parser *p, char *word, struct fault *f)
{
	bool first = !p->has_word;

	p->has_word = true;
	for (const struct command *c = p->commands; first && c->bit != 0; c++) {
		if (c->name != NULL && strcmp(c->name, word) == 0) {
			p->options->command = c;
			return 0;
		}
	}
	if (p->options->command->operand == OPERAND_FILES) {
		list_add(&p->options->operands, word);
		return 0;
	}
	if (p->options->command->operand == OPERAND_FILE)
		return take_file(p, word, f);
	if (p->options->command->operand == OPERAND_URL_AND_REQUEST)
		return take_request(p, word, f);
	if (p->options->command->operand == OPERAND_HOST_AND_URL &&
	    p->host == NULL && strstr(word, "://") == NULL) {
		p->host = word;
		return 0;
	}
	if (strstr(word, "://") == NULL)
		return unknown_word(p, word, f);
	if (p->url != NULL)
		return fault_set(f, FAULT_USAGE, "more than one URL is given");
	p->url = word;
	return 0;
}

static void
add_setting(struct option_parser *p, const struct option_row *row, char *value)
{
	struct setting *setting = NULL;

	p->settings =
	    mem_resize(p->settings, (p->count + 1) * sizeof(*p->settings));
	setting = &p->settings[p->count++];
	*setting = (struct setting){ .row = row, .value = value };
	snprintf(setting->origin, sizeof(setting->origin), "--%s", row->name);
}

/* getopt_long also takes abbreviations; a host's settings that used one would
 * break when another option with that beginning comes. */
static int
take_option(struct option_parser *p, int value, const char *word,
    struct fault *f)
{
	const struct option_row *row = row_of(value);

	if (value >= FIRST_LONG && strcspn(word, "=") != strlen(row->name) + 2)
		return unknown_option(word, f);
	add_setting(p, row, optarg);
	return 0;
}

int
options_read(struct option_parser *p, int argc, struct fault *f)
{
	struct option longs[OPTION_MAX + 1];
	char shorts[2 * OPTION_MAX + 3];
	int rc = 0;

	describe(longs, shorts);
	optind = 0; /* start anew */
	opterr = 0;
	while (rc == 0) {
		const char *word = p->argv[optind > 0 ? optind : 1];
		int result = getopt_long(argc, p->argv, shorts, longs, NULL);

		if (result == -1)
			break;
		if (result == 1)
			rc = take_operand(p, optarg, f);
		else if (result == '?' || result == ':')
			rc = bad_option(p, result, f);
		else
			rc = take_option(p, result, word, f);
	}
	for (int i = optind; rc == 0 && i < argc; i++)
		rc = take_operand(p, p->argv[i], f);
	return rc;
}
