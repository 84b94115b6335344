const domains = ['etl', 'registry', 'training', 'inference', 'monitoring'];

/**
 * In the application only `flow/` joins domains: any other file may import one domain library at most.
 * (The composition root, application.module.ts, is exempt in eslint.config.mjs.)
 */
export const oneDomainOutsideFlow = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      second:
        'This file knows {{first}} already; only files in apps/api/src/flow may know a second domain ({{second}}).',
    },
  },
  create(context) {
    let first;
    return {
      ImportDeclaration(node) {
        const name = /^@thorax\/([a-z]+)/.exec(node.source.value)?.[1];
        if (!domains.includes(name)) return;
        first ??= name;
        if (name !== first) context.report({ node, messageId: 'second', data: { first, second: name } });
      },
    };
  },
};
