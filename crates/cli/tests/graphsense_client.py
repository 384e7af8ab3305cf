"""Calls of graphsense-python 2.18.1, unmodified, against a running service that holds
GraphSense's small chains (docs/graphsense.md): python graphsense_client.py BASE_URL"""
import sys, json
from graphsense.ext.client import GraphSense
import graphsense
host=sys.argv[1]
gs=GraphSense(api_key="x",host=host,currency="btc",show_deprecated=True,quiet_deprecation=True)
M="138cWsiAGpW9yqfjMVCCsFcnaiSHyoWMnJ"; C="1FAkhqm95YnV5Mi7Q5j2Wb8CkbK7Z9zpyB"
T="ab30109910f327700e0f199972eed8ea7c6b1920e965f9cb48a92973e7325046"
A="0xa1e4380a3b1f749673e270229993ee55f35663b4"; AT="5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060"
r=gs.raw
calls=[
("general.get_statistics",lambda:r.general.get_statistics()),
("general.search",lambda:r.general.search("138c")),
("addresses.get_address",lambda:r.addresses.get_address("btc",M)),
("addresses.get_address_cluster",lambda:r.addresses.get_address_cluster("btc",M)),
("addresses.get_address_entity",lambda:r.addresses.get_address_entity("btc",M)),
("addresses.get_tag_summary_by_address",lambda:r.addresses.get_tag_summary_by_address("btc",C)),
("addresses.list_tags_by_address",lambda:r.addresses.list_tags_by_address("btc",C)),
("addresses.list_address_txs",lambda:r.addresses.list_address_txs("btc",C,pagesize=2)),
("addresses.list_address_neighbors",lambda:r.addresses.list_address_neighbors("btc",M,"out",include_labels=True)),
("addresses.list_address_links",lambda:r.addresses.list_address_links("btc",M,C)),
("addresses.list_related_addresses",lambda:r.addresses.list_related_addresses("btc",M)),
("blocks.get_block",lambda:r.blocks.get_block("btc",3)),
("blocks.list_block_txs",lambda:r.blocks.list_block_txs("btc",3)),
("blocks.get_block_by_date",lambda:r.blocks.get_block_by_date("btc","2009-01-10T00:00:00Z")),
("clusters.get_cluster",lambda:r.clusters.get_cluster("btc",7)),
("clusters.list_cluster_addresses",lambda:r.clusters.list_cluster_addresses("btc",7)),
("clusters.list_cluster_neighbors",lambda:r.clusters.list_cluster_neighbors("btc",7,"in")),
("clusters.list_cluster_links",lambda:r.clusters.list_cluster_links("btc",2,7)),
("clusters.list_address_tags_by_cluster",lambda:r.clusters.list_address_tags_by_cluster("btc",7)),
("clusters.list_cluster_txs",lambda:r.clusters.list_cluster_txs("btc",7)),
("clusters.search_cluster_neighbors",lambda:r.clusters.search_cluster_neighbors("btc",1,"out","category","exchange",2,10)),
("entities.get_entity",lambda:r.entities.get_entity("btc",7)),
("entities.list_entity_neighbors",lambda:r.entities.list_entity_neighbors("btc",7,"in")),
("tags.list_address_tags",lambda:r.tags.list_address_tags("First Miner")),
("tags.get_actor",lambda:r.tags.get_actor("binance")),
("tags.get_actor_tags",lambda:r.tags.get_actor_tags("binance")),
("tags.list_taxonomies",lambda:r.tags.list_taxonomies()),
("tags.list_concepts",lambda:r.tags.list_concepts("concept")),
("tags.report_tag",lambda:r.tags.report_tag(graphsense.UserReportedTag(address=M,network="BTC",label="x"))),
("txs.get_tx",lambda:r.txs.get_tx("btc",T,include_io=True)),
("txs.get_tx_io",lambda:r.txs.get_tx_io("btc",T,"outputs")),
("txs.get_spent_in_txs",lambda:r.txs.get_spent_in_txs("btc",T)),
("txs.get_spending_txs",lambda:r.txs.get_spending_txs("btc",T)),
("txs.get_tx_conversions",lambda:r.txs.get_tx_conversions("btc",T)),
("txs.list_tx_flows",lambda:r.txs.list_tx_flows("btc",T)),
("rates.get_exchange_rates",lambda:r.rates.get_exchange_rates("btc",3)),
("tokens.list_supported_tokens",lambda:r.tokens.list_supported_tokens("eth")),
("graph.graph_summary",lambda:r.graph.graph_summary(graphsense.GraphSummaryRequest(txs=[dict(tx_hash=T,network="btc"),dict(tx_hash="ab3020c34bed7a86eef78534d72fd38c3c247c25d58be632201cb2027c9d2197",network="btc")],addresses=[dict(address=M,network="btc"),dict(address=C,network="btc")]))),
("graph.graph_compare",lambda:r.graph.graph_compare(graphsense.GraphCompareRequest(txs=[dict(tx_hash=T,network="btc"),dict(tx_hash="ab3020c34bed7a86eef78534d72fd38c3c247c25d58be632201cb2027c9d2197",network="btc")],include=["all"]))),
("bulk.bulk_json get_address",lambda:r.bulk.bulk_json("btc","get_address",1,{"address":[M,C,"nope"]})),
("bulk.bulk_csv list_address_txs",lambda:r.bulk.bulk_csv("btc","list_address_txs",1,{"address":[M,C]})),
("eth get_address",lambda:r.addresses.get_address("eth",A)),
("eth list_address_txs",lambda:r.addresses.list_address_txs("eth",A)),
("eth list_address_neighbors",lambda:r.addresses.list_address_neighbors("eth",A,"out")),
("eth list_address_links",lambda:r.addresses.list_address_links("eth",A,"0x5df9b87991262f6ba471f09758cde1c0fc1de734")),
("eth get_tx",lambda:r.txs.get_tx("eth",AT)),
("eth list_token_txs",lambda:r.txs.list_token_txs("eth",AT)),
("eth list_tx_flows",lambda:r.txs.list_tx_flows("eth",AT)),
("eth list_block_txs",lambda:r.blocks.list_block_txs("eth",46147)),
("ext lookup_address",lambda:gs.lookup_address(M,with_tags=True,with_cluster=True,with_tag_summary=True)),
]
bad=0
for n,f in calls:
    try:
        v=f()
        d=v.to_dict() if hasattr(v,'to_dict') else ([x.to_dict() if hasattr(x,'to_dict') else x for x in v] if isinstance(v,list) else v)
        print(f"ok    {n:42} {json.dumps(d,default=str)[:150]}")
    except Exception as e:
        bad+=1; print(f"FAIL  {n:42} {type(e).__name__} {str(e)[:300]!r}")
print(len(calls),"calls,",bad,"failed")
